"""Writes the zoo's results as docs/models.md."""

import textwrap
from collections import Counter

STATES = ["works", "rightly refused", "refused", "wrong"]
START, END = "<!-- zoo -->", "<!-- /zoo -->"


def write_table(path, results):
    """Replaces what stands between the two marks; other sections of the file stay."""
    text = path.read_text() if path.exists() else f"# Models\n\n{START}\n{END}\n"
    before, rest = text.split(START)
    after = rest.split(END)[1]
    path.write_text(f"{before}{START}\n\n{zoo(results)}\n{END}{after}")


def zoo(results):
    families = list(dict.fromkeys(result["family"] for result in results))
    parts = [counts(results, families)]
    parts += [section(f, [r for r in results if r["family"] == f]) for f in families]
    return "\n".join(parts)


def counts(results, families):
    rows = [[family, *counted(results, family)] for family in families]
    rows.append(["**all**", *counted(results, None)])
    return table(["family", "models", *STATES], rows)


def counted(results, family):
    states = Counter(r["state"] for r in results if family in (None, r["family"]))
    return [states.total(), *(states[state] for state in STATES)]


def section(family, results):
    head = ["model", "result", "exporter", "default layer", "load, ms", "score, ms"]
    text = f"## {family}\n\n" + table(head, [row(result) for result in results])
    messages = [
        message(result["name"], said)
        for result in results
        for said in (result.get("message"), result.get("remark"))
        if said
    ]
    return text + ("\n" + "\n".join(messages) + "\n" if messages else "")


def row(result):
    layer = f"`{shortened(result['layer'], 48)}` [{result['size']}]" if "layer" in result else ""
    name, state = f"`{result['name']}`", result["state"]
    return [name, state, result["exporter"], layer, *times(result)]


def message(name, said):
    """What the program or the runner said, below the table."""
    said = textwrap.shorten(said.replace("<", "&lt;"), 400, placeholder=" …")
    return "\n".join(textwrap.wrap(f"- `{name}`: {said}", 98, subsequent_indent="  "))


def shortened(text, most):
    return text if len(text) <= most else text[: most - 2] + " …"


def times(result):
    doors = [result[door] for door in ("native", "web") if door in result]
    return [" / ".join(f"{door[kind]:.3g}" for door in doors) for kind in ("load", "score")]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines) + "\n"

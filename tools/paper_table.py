"""Measures a detector on the photos of tools/paper.py, and prints a row for each case.

    tools/paper_table.py PROGRAM DETECTOR FOLDER

FOLDER was written by tools/paper.py; PROGRAM is she-ood. A photo passes if its verdict is known
and its class is right.
"""

import json
import subprocess
import sys
from pathlib import Path

from paper import CASES

ROW = "{:8}{:>9}{:>9}{:>9}{:>12}{:>21}".format


def reports(program, detector, folder):
    """The label of each photo, and the report on it."""
    files = sorted(folder.glob("*.jpg"))
    command = [program, "score", "--json", detector, *map(str, files)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [(file.name.split("-")[0], report) for file, report in zip(files, found, strict=True)]


def share(flags):
    flags = list(flags)
    return f"{100 * sum(flags) / len(flags):.1f} %"


def main():
    program, detector, folder = sys.argv[1:]
    print(ROW("case", "passed", "unsure", "flagged", "right class", "strangers flagged"))
    for case in CASES:
        known = reports(program, detector, Path(folder, case, "known"))
        strangers = reports(program, detector, Path(folder, case, "strangers"))
        right = [report["predicted"]["label"] == label for label, report in known]
        verdicts = [report["verdict"] for _, report in known]
        passed = [is_right and v == "known" for is_right, v in zip(right, verdicts, strict=True)]
        print(
            ROW(
                case,
                share(passed),
                share(v == "unsure" for v in verdicts),
                share(v == "unknown" for v in verdicts),
                share(right),
                share(report["verdict"] == "unknown" for _, report in strangers),
            )
        )


if __name__ == "__main__":
    main()

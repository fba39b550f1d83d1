"""The Python in the documentation can be read; the scripts and make targets that it names exist.

    python tests/docs_test.py

tools/zoo/recipes.py runs what is in docs/recipes.md, export_test.py what is in docs/export.md.
"""

import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "js/README.md", *(ROOT / "docs").glob("*.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"(?m)(?:`|^)make ([a-z][\w-]*)")
SCRIPT = re.compile(r"\b(?:tools|tests|benches|examples)/[\w/.-]+\.(?:py|js|rs|onnx|md)\b")


class Documentation(unittest.TestCase):
    def test_python_is_python(self):
        blocks = [(page, code) for page in PAGES for code in BLOCK.findall(page.read_text())]
        self.assertGreater(len(blocks), 10)
        for page, code in blocks:
            with self.subTest(page=page.name):
                ast.parse(code)

    def test_scripts_exist(self):
        named = {(page, name) for page in PAGES for name in SCRIPT.findall(page.read_text())}
        self.assertGreater(len(named), 20)
        for page, name in sorted(named):
            with self.subTest(page=page.name, script=name):
                self.assertTrue((ROOT / name).exists())

    def test_make_has_the_targets(self):
        makefile = (ROOT / "Makefile").read_text()
        named = {(page, name) for page in PAGES for name in TARGET.findall(page.read_text())}
        self.assertGreater(len(named), 20)
        for page, name in sorted(named):
            with self.subTest(page=page.name, target=name):
                self.assertRegex(makefile, rf"(?m)^{name}\b[^=]*:")


if __name__ == "__main__":
    unittest.main()

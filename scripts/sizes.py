"""Lists the files and functions that outgrew the house style; a report to think about, not a gate."""

import ast
import subprocess
from pathlib import Path

LONGEST_FILE, LONGEST_FUNCTION = 300, 25


def main() -> None:
    """Print what is too long, the longest first."""
    told = subprocess.run(["git", "ls-files", "*.py"], capture_output=True, text=True, check=True).stdout
    paths = [Path(name) for name in told.split() if "/migrations/" not in name and Path(name).exists()]
    files = {path: path.read_text("utf-8") for path in paths}
    long_files = {path: lines for path, text in files.items() if (lines := text.count("\n")) > LONGEST_FILE}
    for path, lines in sorted(long_files.items(), key=lambda item: -item[1]):
        print(f"{path}: {lines} lines")
    for path, text in files.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > LONGEST_FUNCTION:
                print(f"{path}:{node.lineno}: {node.name} has {_lines(node)} lines")


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body, its docstring left out."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


if __name__ == "__main__":
    main()

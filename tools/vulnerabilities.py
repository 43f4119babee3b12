#!/usr/bin/env python3
"""Fails on each vulnerability whose functions are in a binary, by "govulncheck -format json", unless it is answered.

Usage: vulnerabilities.py <answered vulnerabilities> < <output of govulncheck>
"""

import json
import sys
from collections.abc import Iterator


def objects(text: str) -> Iterator[dict]:
    """Yields the JSON objects in a text, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while rest := text[at:].lstrip():
        value, length = decoder.raw_decode(rest)
        yield value
        at = len(text) - len(rest) + length


def answers(lines: list[str]) -> tuple[set[str], list[str]]:
    """Returns the identifiers that a file answers, and those without a reason right above."""
    answered, unreasoned, has_reason = set(), [], False
    for line in map(str.strip, lines):
        if not line or line.startswith("##"):
            has_reason = False
        elif line.startswith("#"):
            has_reason = has_reason or line.strip("# ") != ""
        else:
            answered.add(line)
            unreasoned += [] if has_reason else [line]
    return answered, unreasoned


def main(file: str) -> int:
    found: dict[str, str] = {}
    is_symbolic = False
    for message in objects(sys.stdin.read()):
        is_symbolic |= message.get("config", {}).get("scan_level") == "symbol"
        for finding in [message["finding"]] if "finding" in message else []:
            at = finding["trace"][0]
            if "function" in at:  # or else the module has it, and the binary doesn't
                fix = finding.get("fixed_version", "no release")
                found[finding["osv"]] = f"in {at['package']} of {at['module']} {at['version']}, fixed in {fix}"
    if not is_symbolic:
        print("this is not what govulncheck says of functions", file=sys.stderr)
        return 1
    with open(file, encoding="utf-8") as lines:
        answered, unreasoned = answers(lines.readlines())
    problems = [f"{osv}: {found[osv]}" for osv in sorted(found.keys() - answered)]
    for osv in sorted(answered - found.keys()):
        problems.append(f"{osv}: answered in {file}, but not in the binary: remove it")
    for osv in unreasoned:
        problems.append(f"{osv}: no reason above it in {file}: put it there, as a line that begins with #")
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

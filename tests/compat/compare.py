#!/usr/bin/env python3
"""Compares two transcripts and judges each difference by the list of expected ones.

    compare.py [--part] NATIVE SLUICE EXPECTED

EXPECTED is a list of reasons, each over the differences that it explains:

    # why it is so
    KEY <TAB> NATIVE <TAB> SLUICE

The three are patterns for the whole text, in which * stands for anything. A difference is expected when a
line matches all of it; a line that matches no difference fails too, unless only a part of the sequences
ran or its reason begins with "to be done": who closes such a gap is told to take the line out. "(none)" is
the outcome of a call that was not made.
"""

import re
import sys

NONE = "(none)"


def read(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("\t", 1) for line in file)


def pattern(text):
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)


class Rule:
    def __init__(self, text, place, reason):
        self.text, self.place, self.reason, self.uses = text, place, reason, 0
        self.patterns = [pattern(part) for part in text.split("\t")]

    def matches(self, difference):
        return all(p.fullmatch(text) for p, text in zip(self.patterns, difference))


def read_rules(path):
    rules, reason = [], None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("# "):
                reason = line[2:]
            elif line:
                if line.count("\t") != 2 or reason is None:
                    sys.exit(f"{path}:{number}: not a reason, nor key, native and sluice")
                rules.append(Rule(line, f"{path}:{number}", reason))
    return rules


def worse(difference):
    """The native driver passes, Sluice does not."""
    _, native, sluice = difference
    return not native.startswith(("ERROR", NONE)) and sluice.startswith(("ERROR", NONE))


def main():
    part = sys.argv[1] == "--part"
    native_path, sluice_path, expected = sys.argv[-3:]
    native, sluice, rules = read(native_path), read(sluice_path), read_rules(expected)
    differences = [(key, native.get(key, NONE), sluice.get(key, NONE))
                   for key in {**native, **sluice} if native.get(key) != sluice.get(key)]
    unexpected = []
    for difference in differences:
        matching = [rule for rule in rules if rule.matches(difference)]
        for rule in matching:
            rule.uses += 1
        if not matching:
            unexpected.append(difference)
    for key, left, right in sorted(unexpected, key=lambda d: not worse(d)):
        mark = "WORSE" if worse((key, left, right)) else "OTHER"
        print(f"{mark}\t{key}\t{left}\t{right}")
    unused = [] if part else [rule for rule in rules if rule.uses == 0]
    for rule in unused:
        print(f"{rule.place}: no such difference any more: {rule.text}")
    unused = [rule for rule in unused if not rule.reason.startswith("to be done")]
    print(f"{len(native)} calls on the native driver, {len(sluice)} on Sluice, {len(differences)} differences,"
          f" {len(unexpected)} not expected, {len(unused)} expected and missing")
    sys.exit(1 if unexpected or unused else 0)


if __name__ == "__main__":
    main()

/**
 * Ends with 0 if everything that requirements files state is there, with all that it needs, and with another code if it
 * is not or if a line is more than a name and versions. It reads versions as pip does, with a part of pip.
 */
const checkPackages = `
import sys
from importlib.metadata import distribution
from pip._vendor.packaging.requirements import Requirement

seen = set()

def check(line, extra=""):
    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
        return
    found = distribution(wanted.name)
    if wanted.url or not wanted.specifier.contains(found.version, prereleases=True):
        sys.exit(1)
    for part in ["", *wanted.extras]:
        if (wanted.name, part) in seen:
            continue
        seen.add((wanted.name, part))
        for further in found.requires or []:
            check(further, part)

try:
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as lines:
            for line in filter(None, map(str.strip, lines)):
                check(line)
except Exception:
    sys.exit(1)
print("everything is on this machine")`

/** Prints what a Python has as `name==version`, by names. Of packages with the same name, the first is imported. */
const printPackages = `
import re
from importlib.metadata import distributions

found = {}
for one in distributions():
    name = one.metadata["Name"]
    if name:
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), f"{name}=={one.version}")
print("\\n".join(found[name] for name in sorted(found)))`

/**
 * The arguments of a Python that checks whether it has what requirements files state. Starting pip for that takes four times as
 * long, and most packages require only what is installed.
 */
export const checkingArgs = (files: readonly string[]): string[] => ['-I', '-c', checkPackages, ...files]

/** The arguments of a Python that prints its packages, as `pip list --format=freeze` does in three times the time. */
export const listingArgs: readonly string[] = ['-I', '-c', printPackages]

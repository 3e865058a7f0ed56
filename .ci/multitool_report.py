"""multitool_report.py NAME SARIF REPORT: counts what the multitool says of a SARIF file; fails on errors."""

import collections
import json
import sys

name, sarif, report = sys.argv[1:]
with open(sarif, encoding="utf-8") as file:
    results = sum(len(run.get("results", [])) for run in json.load(file)["runs"])
levels = collections.Counter()
messages = collections.defaultdict(list)
with open(report, encoding="utf-8-sig") as file:
    document = json.load(file)
for run in document["runs"]:
    for result in run.get("results", []):
        level = result.get("level", "warning")
        levels[level] += 1
        messages[level, result.get("ruleId")].append(result.get("message", {}))
    for invocation in run.get("invocations", []):
        # What stops the tool itself, such as a file that is not JSON.
        for notification in invocation.get("toolExecutionNotifications", []):
            if notification.get("level") == "error":
                levels["error"] += 1
                messages["error", notification.get("descriptor", {}).get("id")].append(notification.get("message", {}))
counts = ", ".join(f"{levels[level]} {level}s" for level in ("error", "warning", "note"))
print(f"{name}: {results} results; {counts}")
for (level, rule), found in sorted(messages.items(), key=str):
    if level != "note":
        first = found[0]
        print(f"  {level} {rule}, {len(found)} times: {first.get('text') or first.get('arguments') or first}")
sys.exit(1 if levels["error"] else 0)

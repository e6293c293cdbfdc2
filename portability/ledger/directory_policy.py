"""
The trust policy that a directory implies, as a tlog-policy file for tools that others wrote.

One quorum holds for all logs in such a file; that a log's own witness does not count for it is said
nowhere in the format. Our nodes never cosign their own log. Source: c2sp.org/tlog-policy.
"""

from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.note import log_key, witness_key

GROUP = "witnesses"


def directory_policy(directory: Directory) -> bytes:
    """Every log and witness that the directory names, and its quorum."""
    lines = ["# The logs and witnesses of this federation's directory"]
    holders: list[str] = []
    for member in directory.members:
        own = [one for one in directory.entries if one.jurisdiction == member.jurisdiction]
        lines += [
            f"log {log_key(member.log_origin, one.public)}"
            for one in own
            if one.purpose is KeyPurpose.LOG
        ]
    for member in directory.members:
        names: list[str] = []
        for entry in directory.entries:
            holder = (entry.jurisdiction, entry.purpose)
            if holder == (member.jurisdiction, KeyPurpose.WITNESS):
                names.append(f"{member.jurisdiction}-{len(names) + 1}")
                lines.append(
                    f"witness {names[-1]} {witness_key(member.witness_name, entry.public)}"
                )
        if names:
            lines.append(f"group {member.jurisdiction} any {' '.join(names)}")
            holders.append(member.jurisdiction)
    if directory.quorum:
        lines.append(f"group {GROUP} {directory.quorum} {' '.join(holders)}")
    lines += [f"quorum {GROUP if directory.quorum else 'none'}", ""]
    return "\n".join(lines).encode()

"""
The trust policy that a directory implies, as a tlog-policy file for tools that others wrote.

One quorum holds for all logs in such a file; that a log's own witness does not count for it is said
nowhere in the format. Our nodes never cosign their own log. Source: c2sp.org/tlog-policy.
"""

from portability.ledger.directory import Directory, KeyPurpose
from portability.ledger.note import any_witness_key

GROUP = "witnesses"


def directory_policy(directory: Directory) -> bytes:
    """Every log and witness that the directory names or named, and its quorum."""
    lines = ["# The logs and witnesses of this federation's directory"]
    holders: list[str] = []
    for member in directory.members:
        for origin in directory.log_origins(member.jurisdiction):
            lines += [f"log {key}" for key in directory.log_vkeys(origin, None)]
    for member in directory.members:
        names: list[str] = []
        for entry in directory.entries:
            holder = (entry.jurisdiction, entry.purpose)
            if holder == (member.jurisdiction, KeyPurpose.WITNESS):
                names.append(f"{member.jurisdiction}-{len(names) + 1}")
                key = any_witness_key(member.witness_name, entry.public)
                lines.append(f"witness {names[-1]} {key}")
        if names:
            lines.append(f"group {member.jurisdiction} any {' '.join(names)}")
            holders.append(member.jurisdiction)
    if directory.quorum:
        lines.append(f"group {GROUP} {directory.quorum} {' '.join(holders)}")
    lines += [f"quorum {GROUP if directory.quorum else 'none'}", ""]
    return "\n".join(lines).encode()

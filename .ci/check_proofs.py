"""Is everything certified, and every canary caught? Reads `prove --all --json`."""

import json
import sys

KINDS = ("indicators", "sets", "models")
# what ships: fewer would mean that something was left out in silence
FEWEST = {"indicators": 101, "sets": 10, "models": 11, "canaries": 25}

proofs = json.load(sys.stdin)
refuted = [
    row["name"] for kind in KINDS for row in proofs[kind] if not row["certified"]
]
flown = [row["name"] for row in proofs["canaries"] if not row["caught"]]
counts = {kind: len(proofs[kind]) for kind in FEWEST}
few = [kind for kind, fewest in FEWEST.items() if counts[kind] < fewest]
sys.stdout.write(f"{counts}; refuted {refuted}, flown {flown}, too few {few}\n")
sys.exit(bool(refuted or flown or few))

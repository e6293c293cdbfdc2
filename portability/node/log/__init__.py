"""The node's transparency log: the one way in, proofs out, and what its witnesses have seen."""

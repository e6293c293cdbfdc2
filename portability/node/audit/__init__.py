"""What is needed to check this node without trusting it: bundles, exports, fsck."""

"""The person's portal: pages rendered here, an outsider to the node, at work without script."""

"""What persons allow and stop: requests, acts, the counter, and where each consent stands."""

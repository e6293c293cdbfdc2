"""What nodes say to each other: deliveries in and out, pings, recalls, what was set aside."""

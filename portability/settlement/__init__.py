"""What institutions owe one another under an agreement: claims, netting, payment, one ledger."""

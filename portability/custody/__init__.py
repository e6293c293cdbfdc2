"""Where private keys are kept: encrypted files and PKCS#11 tokens, behind the ledger's seam."""

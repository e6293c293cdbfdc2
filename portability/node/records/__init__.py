"""Signed records in and out: verified, superseded, released as the gate granted, receipted."""

"""The test keys of RFC 8032 §7.1, public in both halves: trusted in no policy."""

from portability.ledger.keys import Ed25519Signer

TEST_1 = Ed25519Signer(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
TEST_2 = Ed25519Signer(
    bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
)
TEST_3 = Ed25519Signer(
    bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
)

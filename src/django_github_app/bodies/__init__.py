"""The stored form of a delivery's body. Pure: bytes in, bytes out."""

"""How a delivery gets in: the same parse, store and answer at every entrance."""

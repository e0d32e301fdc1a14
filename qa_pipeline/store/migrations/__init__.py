"""How stores of older versions become those of this one; run by ``opening``."""

"""Script stages of a call: cues found in each turn, position, and the likeliest sequence (Viterbi)."""

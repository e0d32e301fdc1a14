"""Scripts that make the demo recordings and train the shipped models; not part of the installed package."""

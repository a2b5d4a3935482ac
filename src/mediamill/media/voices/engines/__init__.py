"""What speaks: one module for each engine, its voices, and the Protocol that all of them have."""

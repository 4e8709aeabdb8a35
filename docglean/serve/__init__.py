"""`docglean serve`: documents come by HTTP, and are read one after the other."""

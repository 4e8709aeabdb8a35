"""Servers for tests, on loopback: strict stand-ins for hosted models, and what lies beside them.

A stand-in refuses, thinks, cuts and meters as its vendor documents, and says of which documented
behaviour it is made. It proves how docglean behaves; no accuracy figure comes from one.
"""

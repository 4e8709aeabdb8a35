"""Strict stand-ins for hosted models: each refuses, thinks, cuts and meters as vendors document.

They stand on loopback and prove how docglean behaves; no accuracy figure comes from one.
"""

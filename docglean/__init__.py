"""Documents in, validated JSON out."""

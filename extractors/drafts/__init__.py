"""Drafts of schemas: which fields some documents have, by what is printed beside their values."""

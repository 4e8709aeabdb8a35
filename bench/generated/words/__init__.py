"""Parts that papers are put together from: data by country and language."""

# %%
from docglean import Extractor
from docglean.schemas import Invoice

client = Extractor(engine="local")

# %% the page beside its values
found = client.extract("samples/documents/invoice-scan.pdf", Invoice)
found

# %% one row a value, the least sure first
found.to_pandas()[["pointer", "value", "page", "confidence"]].sort_values("confidence").head()

# %% the entries of a list
found.to_pandas("/line_items")

# %% one value, with where it stands
found.value("/grand_total").evidence

# %%
client.close()

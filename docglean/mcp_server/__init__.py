"""`docglean mcp`: documents of named folders, as tools of an agent."""

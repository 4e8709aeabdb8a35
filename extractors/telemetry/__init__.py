"""What operators of docglean see of it: log lines, traces and metrics. Never content or keys,
unless the setting `log_content` asks for content.
"""

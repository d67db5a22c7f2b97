

@gh.event("{{ event }}")
{{ def }} {{ function }}(event, gh, context):
    """Say what this is for."""
    context.log.info("{{ function }}: %s", event.data.get("action"))

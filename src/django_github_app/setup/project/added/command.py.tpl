

@gh.command("{{ command }}", permission="read")
@click.argument("words", nargs=-1)
{{ def }} {{ function }}(context, words):
    """Say what this is for: people read it in the help."""
    {{ await }}context.reply("{{ command }}: " + " ".join(words))

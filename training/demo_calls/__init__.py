"""The demo calls: dialogues and the renderer that turns them into recordings."""

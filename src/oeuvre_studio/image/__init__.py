"""Pictures: works, the patch model, designs."""

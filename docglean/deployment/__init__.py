"""What a deployment needs in its own folder, written there from templates of this package."""

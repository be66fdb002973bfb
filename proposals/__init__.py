"""Changes of what readers see, proposed by an officer, put into effect by an approver."""

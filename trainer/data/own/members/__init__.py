"""What an archive holds, one member at a time: from where it lies, in bounded memory."""

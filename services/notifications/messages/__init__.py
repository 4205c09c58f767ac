"""What a mail says: its words by language, its dates as far as they are known, its calendar entry."""

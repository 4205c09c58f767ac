"""The registry: owns programmes, activities, participants and organisations; the only writer of events about them."""

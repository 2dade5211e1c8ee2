// Small comforts. Everything on the pages works without this file.

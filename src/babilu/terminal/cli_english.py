"""What `--help` says, and what is said of a command line that makes no sense, in English."""

CLI_ENGLISH = {
    # Frames of a page.
    "cli.usage": "Usage:",
    "cli.options_metavar": "[OPTIONS]",
    "cli.subcommand_metavar": "COMMAND [ARGS]...",
    "cli.section.arguments": "Arguments",
    "cli.section.options": "Options",
    "cli.section.commands": "Commands",
    "cli.section.chat": "Chat",
    "cli.section.relay": "Run a relay",
    "cli.section.scripts": "From scripts",
    "cli.section.more": "More",
    "cli.section.clone": "In this clone",
    "cli.default": "default: {value}",
    "cli.range": "{least} to {most}",
    "cli.begin": "Begin with `start` in one terminal, and `connect 127.0.0.1 5050 YOUR_NAME` in two others.",
    # Commands: one sentence, then more of them.
    "cli.command.program": "Private chat that people host themselves: with a relay of theirs, or directly.",
    "cli.command.start": "Run a relay, to which clients connect.\n\nIt passes on what they encrypt for each other,"
    " and cannot read it. It prints where it listens, its certificate's fingerprint and, until it has an owner, the"
    " owner's invitation. Without --open and --invite-only it is open where only this machine or a private network"
    " can reach it.\n\nWhat you do not say here comes from the environment, then from babilu.toml.",
    "cli.command.stop": "End a relay on this machine, or a client's daemon.\n\nWith --profile it ends the daemon that"
    " keeps that profile open. The relay answers what is under way and tells clients to come back; then this command"
    " returns.",
    "cli.command.restart": "End a daemon and start it again.\n\nIt starts as it was started before, with what is"
    " configured now.",
    "cli.command.status": "Tell how a relay on this machine is, or a client.\n\nWith --profile it is the client of"
    " that profile. The exit code is 0 where the relay runs and 5 where it does not, and 5 for a client that cannot"
    " reach its relay.",
    "cli.command.doctor": "Look for what is wrong, and tell what to do.\n\nIt looks at a relay on this machine, or"
    " with --profile at an account of yours.\n\nWith --attack it plays what a relay's operator and others in between"
    " could try: swapped keys, replayed and redirected messages, old versions and lists. It makes a relay and"
    " accounts for that, and throws them away.\n\nThe exit code is 0 where all is well, 1 where you should look at"
    " something, and 2 where you must mend something.",
    "cli.command.connect": "Chat by a relay.\n\nIf the name is not taken yet, it is registered for you. A password"
    " that you leave out is asked for, or comes from BABILU_PASSWORD or --password-file.\n\nOn a terminal the client"
    " fills the screen; --line keeps to lines, and so does a pipe. /help shows what you can write.",
    "cli.command.peer": "Chat without a relay.\n\nThe client listens for conversation requests, and starts"
    " conversations with /call IP PORT. The passphrase opens the profile on this machine; it is asked for, or comes"
    " from BABILU_PASSWORD or --password-file.",
    "cli.command.desktop": "Open the desktop client.\n\nIt opens on the profiles there are, on its first page, or"
    " with one account at once. The password may also come from BABILU_PASSWORD or --password-file; without one the"
    " window asks for it.",
    "cli.command.daemon": "Keep a profile open and connected.\n\nThe daemon has no window. Windows, terminals, bots"
    " and commands such as `send` attach to it. `stop --profile` ends it, as SIGTERM does.",
    "cli.command.send": "Send a message, end-to-end encrypted.\n\nThe command waits until the relay or the recipient"
    " has the message. The exit code is 0 then, and 1 where the message was refused, has failed, or still waits: it"
    " is kept, and goes out when the profile is next open.",
    "cli.command.receive": "Print the messages that no program has shown.\n\nThe oldest come first. What is printed"
    " counts as shown, and not as read: nobody is told. With --follow it goes on with what comes.",
    "cli.command.history": "Print the newest messages of a conversation.\n\nThe oldest come first; nothing is marked"
    " as read.",
    "cli.command.contacts": "List your contacts.\n\nThe list shows trust, presence, and whom you have blocked.",
    "cli.command.verify": "Show the safety number of a contact.\n\nIt is the same 60 digits at both ends: compare"
    " them by another way. The exit code is 1 where --compared gives other digits; nothing is recorded then.",
    "cli.command.rpc": "Speak JSON-RPC 2.0 for programs in any language.\n\nRequests come on standard input, answers"
    " and events go to standard output. The command attaches to the profile where that is open, and opens it"
    " otherwise. The end of input ends it once every request has its answer.",
    "cli.command.privacy": "Tell what a relay knows about you.",
    "cli.command.privacy.report": "Print every row that the relay holds about you.\n\nLong values are cut; --json"
    " prints them in full.",
    "cli.command.config": "Show and check the configuration of a relay.",
    "cli.command.config.check": "Tell what to mend before a relay starts.\n\nIt looks at the file, at the"
    " environment, and at the files that they name.",
    "cli.command.config.show": "Show every key, its value and who decided it.",
    "cli.command.admin": "Administer a relay.\n\nIt is the one of this machine, or with --as one elsewhere.",
    "cli.command.admin.users": "List, disable, delete accounts.",
    "cli.command.admin.users.list": "List all accounts.",
    "cli.command.admin.users.disable": "Let nobody log in to an account.\n\nIts connections are closed; its mail"
    " waits.",
    "cli.command.admin.users.enable": "Let an account log in again.",
    "cli.command.admin.users.reset": "Give an account a new password.\n\nIt is shown once. Devices that are logged in"
    " stay.",
    "cli.command.admin.users.delete": "Delete an account with its keys and mail.",
    "cli.command.admin.users.role": "Make an account owner, moderator, or member.",
    "cli.command.admin.users.quota": "Let more or less mail wait for an account.\n\nThe numbers hold for each of its"
    " devices; what you leave out is the relay's usual number.",
    "cli.command.admin.invitations": "Make, list, revoke invitations.",
    "cli.command.admin.invitations.create": "Make an invitation, which is shown once.",
    "cli.command.admin.invitations.list": "List the invitations that can still be used.",
    "cli.command.admin.invitations.revoke": "Revoke an invitation.",
    "cli.command.admin.certificate": "Renew the relay's certificate.",
    "cli.command.admin.certificate.show": "Show the fingerprints that users can compare.",
    "cli.command.admin.certificate.prepare": "Make the next certificate and announce it.\n\nClients learn it now and"
    " whenever they come; 30 days later, renew.",
    "cli.command.admin.certificate.withdraw": "Forget the next certificate, and let clients forget it.",
    "cli.command.admin.certificate.renew": "Use the next certificate from now on.\n\nConnections that are open stay.",
    "cli.command.admin.broadcast": "Tell everybody who is connected.\n\nThe sentence is not encrypted, and not kept"
    " for those who come later.",
    "cli.command.admin.audit": "Show what operators did.\n\nThe log says who did what, to whom and when. It never"
    " holds a text, a password or a token.",
    "cli.command.admin.stats": "Show how much the relay holds.",
    "cli.command.admin.backup": "Back a relay up while it runs, and verify the backup.",
    "cli.command.admin.restore": "Put a backup in the place of a relay that does not run.\n\nThe backup is verified"
    " first. Nothing that is there is deleted.",
    "cli.command.admin.verify": "Check that a backup is whole and can be restored.",
    "cli.command.completion": "Print the script by which a shell completes commands.\n\nFor bash, add this line to"
    ' ~/.bashrc: eval "$(babilu completion bash)"',
    "cli.command.version": "Show the version.",
    "cli.command.help": "Explain a command.",
    # Commands of the launcher, which a clone alone has.
    "cli.clone.test": "Run all checks and tests.",
    "cli.clone.bench": "Measure how fast it is.",
    "cli.clone.screenshots": "Draw the pictures of the documentation.",
    "cli.clone.translations": "Refresh the translations of the desktop.",
    "cli.clone.lock": "Refresh the locks of the dependencies.",
    # Options.
    "cli.option.help": "Show this page and leave.",
    "cli.option.version": "Show the version and leave.",
    "cli.option.home": "Folder of the files; otherwise the usual one.",
    "cli.option.json": "Speak JSON: one object a line on standard output.",
    "cli.option.line": "Speak in lines also on a terminal, rather than fill the screen.",
    "cli.option.lang": "Language; otherwise that of the locale.",
    "cli.option.log-level": "How much is logged.",
    "cli.option.log-file": "Log to this file, which rotates, and not to standard error.",
    "cli.option.log-format": "How a line of the log is written.",
    "cli.option.config": "Configuration of the relay; otherwise babilu.toml, where there is one.",
    "cli.option.password-file": "Read the password from the file's first line.",
    "cli.option.wait-sent": "At the end of input, wait ({seconds} seconds) until everything is held or delivered.",
    "cli.option.profile": "NAME, NAME@HOST:PORT or NAME@direct; otherwise BABILU_PROFILE, or the only one there is.",
    "cli.option.doctor.profile": "Look at this profile of yours and its account: NAME, NAME@HOST:PORT or NAME@direct.",
    "cli.option.listen": "Listen for direct conversations.",
    "cli.option.start-over": "Make a new identity where the account does not know this device.",
    "cli.option.certificate": "SHA-256 of the relay's certificate as its operator told it: it replaces what the"
    " profile knew.",
    "cli.option.open": "Let everybody register.",
    "cli.option.invite-only": "Let only people with an invitation register.",
    "cli.option.limit-loopback": "Hold this machine to the limits by address too.",
    "cli.option.relay_name": "The relay's name, for people.",
    "cli.option.public-host": "Host that invitations name.",
    "cli.option.tls-certificate": "Certificate of a public authority (PEM), in place of the relay's own.",
    "cli.option.tls-key": "The certificate's key (PEM).",
    "cli.option.metrics-port": "Show metrics and health on this port of loopback.",
    "cli.option.daemon": "Run in the background, and return once it listens.",
    "cli.option.background": "Run in the background, and return once the profile is open.",
    "cli.option.attack": "Attack this program instead, on a relay and accounts made for it.",
    "cli.option.no-wait": "Return once the message is kept here; it goes out when there is a way.",
    "cli.option.send.wait": "Longest wait until somebody has accepted the message.",
    "cli.option.receive.wait": "Longest wait for the relay to hand messages over.",
    "cli.option.follow": "Go on with what comes, until a signal.",
    "cli.option.compared": "The 60 digits that the other person sees: where they are the same, the contact is"
    " verified.",
    "cli.option.as": "Your profile for a relay elsewhere, of which you are owner or moderator; --home is then the"
    " folder of your profiles.",
    "cli.option.most": "How many of the latest entries.",
    "cli.option.yes": "Do not ask.",
    "cli.option.messages": "Messages that may wait.",
    "cli.option.size": "The same in bytes, as '20 MiB'.",
    "cli.option.expires": "How long the invitation is valid, as '2 days'.",
    "cli.option.uses": "How many accounts can be made with it.",
    "cli.option.renew.now": "However short the announcement was: clients that missed it need the fingerprint.",
    "cli.option.replace": "Put the files aside that are there.",
    # Arguments.
    "cli.argument.server": "The relay, or an invitation to it.",
    "cli.argument.connect_words": "No port follows an invitation.",
    "cli.argument.ip": "Address to listen on.",
    "cli.argument.port": "TCP port; 0 takes any free one.",
    "cli.argument.max_users": "Accounts connected at the same time.",
    "cli.argument.peer_ip": "Address to listen on for conversation requests.",
    "cli.argument.own_name": "The name you show to others.",
    "cli.argument.desktop_server": "The relay of a profile to open at once.",
    "cli.argument.its_port": "Its port.",
    "cli.argument.user": "The account.",
    "cli.argument.password": "Its password.",
    "cli.argument.relay_port": "Port that the relay was started with.",
    "cli.argument.contact": "The contact.",
    "cli.argument.count": "How many messages.",
    "cli.argument.to_whom": "To whom.",
    "cli.argument.words": "What; if you leave it out, standard input is read to its end.",
    "cli.argument.file": "The file to check.",
    "cli.argument.account": "The account.",
    "cli.argument.post": "owner (there is one), moderator, or member.",
    "cli.argument.notice": "At most 500 characters.",
    "cli.argument.invitation": "Its number in the list.",
    "cli.argument.backup": "The backup.",
    "cli.argument.new_backup": "New folder; otherwise one below `backups` in the relay's.",
    "cli.argument.shell": "bash, zsh or fish.",
    "cli.argument.help_words": "The command, such as `admin users`.",
    # A command line that makes no sense.
    "misuse.argument.no_command": "There is no command '{name}'.",
    "misuse.argument.near_command": "There is no command '{name}'. Did you mean {near}?",
    "misuse.argument.no_subcommand": "A command is missing.",
    "misuse.argument.no_option": "There is no option {option}.",
    "misuse.argument.near_option": "There is no option {option}. Did you mean {near}?",
    "misuse.argument.takes_none": "The option {option} takes no value.",
    "misuse.argument.takes_one": "The option {option} needs a value.",
    "misuse.argument.missing": "{name} is missing.",
    "misuse.argument.too_many": "There are too many words: {words}.",
    "misuse.argument.number": "{name} takes a whole number from {least} to {most}, and not '{value}'.",
    "misuse.argument.number_from": "{name} takes a whole number from {least} on, and not '{value}'.",
    "misuse.argument.seconds": "{name} takes a number of seconds, and not '{value}'.",
    "misuse.argument.choice": "{name} takes one of {choices}, and not '{value}'.",
    "misuse.argument.is_folder": "{name} takes a file, and {path} is a folder.",
    "misuse.argument.is_file": "{name} takes a folder, and {path} is a file.",
    "misuse.argument.other": "The command line makes no sense: {problem}",
    "misuse.package_missing": "This installation lacks the package {package}, which this command needs: it was made"
    " for a relay alone, or it is not whole.",
    "ask.yes_or_no": "y/N",
    "ask.yes": "y yes",
}

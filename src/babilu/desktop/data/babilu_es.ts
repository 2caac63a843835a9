<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
 <context>
  <name>App</name>
  <message>
   <source>Something went wrong inside Babilu. It goes on; details are on the terminal.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Banner</name>
  <message>
   <source>You have blocked {0}. What they send is dropped, and they are told nothing.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0} writes to you for the first time. They see that you read it once you answer.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity of {0}, whom you had verified, has changed. Nothing is sent until you approve it: compare the safety number first, by another way.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity of {0} has changed: a new device, or somebody in between. Nothing is sent until you approve it.</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>Waiting for %n missing message(s).</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Compare</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Approve</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unblock</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Accept</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Block</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Begin</name>
  <message>
   <source>Name on the relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>First message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>By name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>By address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Send</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Call</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Whom do you want to write to?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>An address looks like 192.0.2.7:5051 or host.example:5051.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The relay cannot be asked now. Try again when you are connected.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The name is looked up at your relay.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Whoever listens at this address is shown your name and your identity key.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Call {0} directly</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Only {0} can read who is calling.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ChatPage</name>
  <message>
   <source>Choose a conversation, or begin one with Ctrl+N</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Composer</name>
  <message>
   <source>Message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Send</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>This text is %n byte(s) too long to be sent.</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
 </context>
 <context>
  <name>Connection</name>
  <message>
   <source>Connection</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Receive direct conversation requests</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Others can then call this device without a relay. A stranger learns nothing until you accept.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Listen at</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Your address, to give to others</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Find people on the local network, and be found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Call an address…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Your address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy the address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Call</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>An address of this machine with a port, such as 0.0.0.0:5051.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Call {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stop calling {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing can listen there: {0}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Contact</name>
  <message>
   <source>Contact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Keep at the top of the list</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No notifications</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Allow direct connections</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A direct connection shows them your network address.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Compare the safety number…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>End the direct connection</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Talk directly…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unblock</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Block…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not verified: known since the first contact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity has changed</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ConversationPage</name>
  <message>
   <source>Go to the newest message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No messages yet. Say hello!</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>%n new</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
 </context>
 <context>
  <name>Conversations</name>
  <message>
   <source>No messages yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>identity changed</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>%n unread</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>pinned</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>muted</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>draft</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>You: {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Messages</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Conversation request from {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Asks for a conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Draft:</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Days</name>
  <message>
   <source>Today</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Yesterday</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>MMMM d</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>MMMM d, yyyy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>MMM d</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>M/d/yy</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Errors</name>
  <message>
   <source>This password does not fit this name. If the name is new, it is taken already.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This name is taken. Choose another one.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This name cannot be used: letters, digits, dots, dashes and underscores only.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This relay registers new names by invitation only. Ask its owner for one.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The relay is full at present. Try again later.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Too much at once: wait a moment and try again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nobody of that name is known there.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nobody answers there now. Check address and port, and the network.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This is too long to be sent at once.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>You have blocked this contact.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity of this contact has changed: approve it first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The relay shows another certificate than before: somebody may be in between.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Another program has this profile open.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The profile on disk is damaged.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A newer version of Babilu made this profile: update this one.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The disk is full.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This account is used on another device. You can start over here with a new identity.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The call was not answered.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Babilu is closing.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FirstRun</name>
  <message>
   <source>Your name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose one of your profiles</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Invitation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Name or address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Port</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Address at which others can call you</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start over on this device with a new identity</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Progress</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What others call you</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Passphrase</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Private chat that people host themselves.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The invitation names the relay and proves that it is the right one. Your password never leaves this device.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The relay's certificate is remembered at this first contact, and a different one is refused later. A name that is free becomes yours.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>You talk straight to each other's devices. Whoever you call sees your network address.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Direct, without a relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Welcome back</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Welcome to Babilu</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start chatting</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Make another profile</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fill this in: it protects what is kept on this device.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a name.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This is no invitation: it begins with babilu:// and is pasted whole.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A number up to 65535.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The name or the IP address of a relay.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>An address of this machine with a port, or nothing.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>open in another program</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Header</name>
  <message>
   <source>Search in this conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Talk directly</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>About this contact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Identity changed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>blocked</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>through the relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>direct connection{0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not connected: messages wait here</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>offline: messages wait here</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>online</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Keys</name>
  <message>
   <source>Go to a conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search in this conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search everywhere</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Next conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Previous conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>About this contact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Newest message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose among the messages</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connection and own address</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>All keys</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Lock</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quit</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The first eight conversations</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Send</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New line</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy the chosen message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What can be done with the chosen message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Close what is in front</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Lock</name>
  <message>
   <source>This is not your password.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Babilu is locked</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unlock</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Menu</name>
  <message>
   <source>Copy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Select text…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Forward…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>About this message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Delete for me…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unpin</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Pin</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unmute</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Mute</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>About this contact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Try again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open link…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Mark as read</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Message</name>
  <message>
   <source>You</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>waiting to be sent</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>held by the relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>delivered</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>read</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not sent</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>held by the relay until {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show all of it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not sent · Try again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Unread messages</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>MessageInfo</name>
  <message>
   <source>direct</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>through the relay</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>About this message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>You</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>From</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Written</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Arrived</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Way</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>State</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Reason</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0}, until {1}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Device {0}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>MessageView</name>
  <message>
   <source>Messages</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Navigator</name>
  <message>
   <source>What you wrote in the meantime is encrypted for the new identity and sent. Compare the safety number first, unless you know why it changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Go to</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Forward to</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>You had verified this person: this is unusual.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What they send is dropped. They are told nothing.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Block</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Approve</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open a link?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open in the browser</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Delete this message for you?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>It stays with everybody else who has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Delete</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Block {0}?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Approve the new identity of {0}?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>It leads to this host:</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Notification</name>
  <message>
   <source>Somebody asks for a conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Overview</name>
  <message numerus="yes">
   <source>Offline · trying again in %n s</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Direct · not listening</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Offline</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Offline · trying again…</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>Direct · %n connected</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Calling {0}: somebody listens there and has not answered yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Calling {0}…</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>%n direct</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message numerus="yes">
   <source>%n waiting</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message numerus="yes">
   <source>It is tried again in %n second(s).</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Direct · listening at {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connected to {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connecting to {0}…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The call to {0} has ended: {1}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No answer from {0}.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Question</name>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Reading</name>
  <message>
   <source>Whole message</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Request</name>
  <message>
   <source>Accept</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Decline</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Anybody can choose any name. Ask them by another way which safety number they see. Until you accept they learn nothing of you; a decline is not told to them.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Safety number</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0} asks for a conversation</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Safety</name>
  <message>
   <source>Open a picture of the code</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>When both of you see the same sixty digits, nobody is in between. Compare them by another way: face to face, or on the telephone.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Digits to compare</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open a picture…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy the digits</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The safety number as a QR code</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity has changed: approve it first</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not verified yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Take the verification back</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>They are the same: mark as verified</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The same. Nobody is in between.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not the same. Somebody may be in between: do not mark it as verified.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Sixty digits are needed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This is your own code. Open a picture of the one on the other screen.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This code is no safety number.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This file is no PNG, JPEG or WebP picture that can be read.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is no code to be seen in this picture.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Safety number with {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Paste the digits that {0} sees</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>SearchBar</name>
  <message>
   <source>Search in this conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Older hit</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Newer hit</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Close the search</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Settings</name>
  <message>
   <source>Never</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>As the system</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Light</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Dark</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>High contrast, light</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>High contrast, dark</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Name and text</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The name only</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Neither name nor text</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search the settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing is announced between these times.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A locked window shows no text. Ctrl+L locks at once.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Otherwise Ctrl+Enter sends.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Where the system has a tray.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stay in the tray when the window is closed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Present password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New password again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Change the password</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The password is changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Appearance</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Notifications</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>An announcement shows</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Privacy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Behaviour</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The two are not the same.</source>
   <translation type="unfinished" />
  </message>
  <message numerus="yes">
   <source>%n minute(s)</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Colours</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Language</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Text size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Announce new messages</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quiet hours</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quiet from</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quiet until</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Lock when unused for</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Enter sends the message</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fill this in with letters, digits and signs.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Sheet</name>
  <message>
   <source>Close</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Sidebar</name>
  <message>
   <source>New conversation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search people and messages</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Conversations</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Progress</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nobody here yet.
Press Ctrl+N to begin a conversation.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Switcher</name>
  <message>
   <source>A few letters of a name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Names</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nobody of that name. Ctrl+N begins a new conversation.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Tray</name>
  <message numerus="yes">
   <source>%n unread</source>
   <translation type="unfinished">
    <numerusform />
    <numerusform />
   </translation>
  </message>
  <message>
   <source>Open Babilu</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Lock</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quit</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Window</name>
  <message>
   <source>The identity of {0}, whom you had verified, has changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The identity of {0} has changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The relay says: {0}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The name {0} is yours now.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Work</name>
  <message>
   <source>Deriving keys from your password…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fetching messages…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Building the search index…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Registering…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Closing…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Working…</source>
   <translation type="unfinished" />
  </message>
 </context>
</TS>

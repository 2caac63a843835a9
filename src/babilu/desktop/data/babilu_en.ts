<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
 <context>
  <name>Attachments</name>
  <message numerus="yes">
   <source>%n file(s) cannot be read.</source>
   <translation>
    <numerusform>%n file cannot be read.</numerusform>
    <numerusform>%n files cannot be read.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>A message brings at most %n file(s).</source>
   <translation>
    <numerusform>A message brings at most %n file.</numerusform>
    <numerusform>A message brings at most %n files.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) to send</source>
   <translation>
    <numerusform>%n file to send</numerusform>
    <numerusform>%n files to send</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Backup</name>
  <message numerus="yes">
   <source>One every day into {0}: %n there.</source>
   <translation>
    <numerusform>One every day into {0}: %n there.</numerusform>
    <numerusform>One every day into {0}: %n there.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) backed up, and read back.</source>
   <translation>
    <numerusform>%n message backed up, and read back.</numerusform>
    <numerusform>%n messages backed up, and read back.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>This backup is good: made {0}, %n message(s).</source>
   <translation>
    <numerusform>This backup is good: made {0}, %n message.</numerusform>
    <numerusform>This backup is good: made {0}, %n messages.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>This backup is damaged. {0} of %n message(s) can be read.</source>
   <translation>
    <numerusform>This backup is damaged. {0} of %n message can be read.</numerusform>
    <numerusform>This backup is damaged. {0} of %n messages can be read.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Banner</name>
  <message numerus="yes">
   <source>Waiting for %n missing message(s).</source>
   <translation>
    <numerusform>Waiting for %n missing message.</numerusform>
    <numerusform>Waiting for %n missing messages.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Composer</name>
  <message numerus="yes">
   <source>This is too long to be pasted: a message has at most %n byte(s).</source>
   <translation>
    <numerusform>This is too long to be pasted: a message has at most %n byte.</numerusform>
    <numerusform>This is too long to be pasted: a message has at most %n bytes.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>This text is %n byte(s) too long to be sent.</source>
   <translation>
    <numerusform>This text is %n byte too long to be sent.</numerusform>
    <numerusform>This text is %n bytes too long to be sent.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>ConversationPage</name>
  <message numerus="yes">
   <source>%n new</source>
   <translation>
    <numerusform>%n new</numerusform>
    <numerusform>%n new</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Conversations</name>
  <message numerus="yes">
   <source>Archived (%n)</source>
   <translation>
    <numerusform>Archived (%n)</numerusform>
    <numerusform>Archived (%n)</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n unread</source>
   <translation>
    <numerusform>%n unread</numerusform>
    <numerusform>%n unread</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n people are typing…</source>
   <translation>
    <numerusform>%n person is typing…</numerusform>
    <numerusform>%n people are typing…</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Export</name>
  <message numerus="yes">
   <source>Writing… %n message(s) so far</source>
   <translation>
    <numerusform>Writing… %n message so far</numerusform>
    <numerusform>Writing… %n messages so far</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) written.</source>
   <translation>
    <numerusform>%n message written.</numerusform>
    <numerusform>%n messages written.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) are not here, and were left out.</source>
   <translation>
    <numerusform>%n file is not here, and was left out.</numerusform>
    <numerusform>%n files are not here, and were left out.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) that disappear were left out.</source>
   <translation>
    <numerusform>%n message that disappears was left out.</numerusform>
    <numerusform>%n messages that disappear were left out.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>File</name>
  <message numerus="yes">
   <source>%n picture(s)</source>
   <translation>
    <numerusform>%n picture</numerusform>
    <numerusform>%n pictures</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s)</source>
   <translation>
    <numerusform>%n file</numerusform>
    <numerusform>%n files</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Forward</name>
  <message numerus="yes">
   <source>At most %n people at once.</source>
   <translation>
    <numerusform>At most %n person at once.</numerusform>
    <numerusform>At most %n people at once.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>Forward to %n</source>
   <translation>
    <numerusform>Forward to %n person</numerusform>
    <numerusform>Forward to %n people</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>GroupLinks</name>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n day</numerusform>
    <numerusform>%n days</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>For %n more</source>
   <translation>
    <numerusform>For %n more</numerusform>
    <numerusform>For %n more</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hour</numerusform>
    <numerusform>%n hours</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>GroupPeople</name>
  <message numerus="yes">
   <source>A group has at most %n members.</source>
   <translation>
    <numerusform>A group has at most %n member.</numerusform>
    <numerusform>A group has at most %n members.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>Start with %n</source>
   <translation>
    <numerusform>Start with %n</numerusform>
    <numerusform>Start with %n</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>Add %n</source>
   <translation>
    <numerusform>Add %n</numerusform>
    <numerusform>Add %n</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Invitations</name>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n day</numerusform>
    <numerusform>%n days</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hour</numerusform>
    <numerusform>%n hours</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>For %n account(s), until {0}</source>
   <translation>
    <numerusform>For %n account, until {0}</numerusform>
    <numerusform>For %n accounts, until {0}</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n older one(s) are not shown.</source>
   <translation>
    <numerusform>%n older one is not shown.</numerusform>
    <numerusform>%n older ones are not shown.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>LinkDevice</name>
  <message numerus="yes">
   <source>%n try(s) before this one failed within an hour.</source>
   <translation>
    <numerusform>%n try before this one failed within an hour.</numerusform>
    <numerusform>%n tries before this one failed within an hour.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>LinkHere</name>
  <message numerus="yes">
   <source>%n message(s) came from your other device.</source>
   <translation>
    <numerusform>%n message came from your other device.</numerusform>
    <numerusform>%n messages came from your other device.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Message</name>
  <message numerus="yes">
   <source>and %n more</source>
   <translation>
    <numerusform>and %n more</numerusform>
    <numerusform>and %n more</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) of {0} are missing here.</source>
   <translation>
    <numerusform>%n message of {0} is missing here.</numerusform>
    <numerusform>%n messages of {0} are missing here.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>MessageInfo</name>
  <message numerus="yes">
   <source>%n device(s) without this message</source>
   <translation>
    <numerusform>%n device without this message</numerusform>
    <numerusform>%n devices without this message</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Overview</name>
  <message numerus="yes">
   <source>It is tried again in %n second(s).</source>
   <translation>
    <numerusform>It is tried again in %n second.</numerusform>
    <numerusform>It is tried again in %n seconds.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>Direct · %n connected</source>
   <translation>
    <numerusform>Direct · %n connected</numerusform>
    <numerusform>Direct · %n connected</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n waiting</source>
   <translation>
    <numerusform>%n waiting</numerusform>
    <numerusform>%n waiting</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n direct</source>
   <translation>
    <numerusform>%n direct</numerusform>
    <numerusform>%n direct</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n call(s) under way</source>
   <translation>
    <numerusform>%n call under way</numerusform>
    <numerusform>%n calls under way</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>next try in %n s</source>
   <translation>
    <numerusform>next try in %n s</numerusform>
    <numerusform>next try in %n s</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Scheduled</name>
  <message numerus="yes">
   <source>%n text(s) sent later</source>
   <translation>
    <numerusform>%n text is sent later</numerusform>
    <numerusform>%n texts are sent later</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n text(s) not sent in time. Send now?</source>
   <translation>
    <numerusform>%n text was not sent in time. Send it now?</numerusform>
    <numerusform>%n texts were not sent in time. Send them now?</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Settings</name>
  <message numerus="yes">
   <source>%n minute(s)</source>
   <translation>
    <numerusform>%n minute</numerusform>
    <numerusform>%n minutes</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Storage</name>
  <message numerus="yes">
   <source>%n file(s) can be deleted, which frees {0}.</source>
   <translation>
    <numerusform>%n file can be deleted, which frees {0}.</numerusform>
    <numerusform>%n files can be deleted, which frees {0}.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>You sent %n of them: once the relay stores it no longer, only who has fetched it has it.</source>
   <translation>
    <numerusform>You sent %n of them: once the relay stores it no longer, only who has fetched it has it.</numerusform>
    <numerusform>You sent %n of them: once the relay stores them no longer, only who has fetched them has them.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n more stay(s): on the way, or here alone.</source>
   <translation>
    <numerusform>%n more stays: on the way, or here alone.</numerusform>
    <numerusform>%n more stay: on the way, or here alone.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) deleted, {0} freed.</source>
   <translation>
    <numerusform>%n file deleted, {0} freed.</numerusform>
    <numerusform>%n files deleted, {0} freed.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>Delete %n file(s) here?</source>
   <translation>
    <numerusform>Delete %n file here?</numerusform>
    <numerusform>Delete %n files here?</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Timer</name>
  <message numerus="yes">
   <source>%n second(s)</source>
   <translation>
    <numerusform>%n second</numerusform>
    <numerusform>%n seconds</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n year(s)</source>
   <translation>
    <numerusform>%n year</numerusform>
    <numerusform>%n years</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n week(s)</source>
   <translation>
    <numerusform>%n week</numerusform>
    <numerusform>%n weeks</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n day</numerusform>
    <numerusform>%n days</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hour</numerusform>
    <numerusform>%n hours</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n minute(s)</source>
   <translation>
    <numerusform>%n minute</numerusform>
    <numerusform>%n minutes</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Tray</name>
  <message numerus="yes">
   <source>%n unread</source>
   <translation>
    <numerusform>%n unread</numerusform>
    <numerusform>%n unread</numerusform>
   </translation>
  </message>
 </context>
</TS>

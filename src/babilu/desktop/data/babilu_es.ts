<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
 <context>
  <name>AnswerBar</name>
  <message>
   <source>Reply to yourself</source>
   <translation>Responderte a ti</translation>
  </message>
  <message>
   <source>Leave the message as it is</source>
   <translation>Dejar el mensaje como está</translation>
  </message>
  <message>
   <source>No reply</source>
   <translation>Sin respuesta</translation>
  </message>
  <message>
   <source>Another wording</source>
   <translation>Otra versión</translation>
  </message>
  <message>
   <source>It can no longer be edited</source>
   <translation>Ya no se puede editar</translation>
  </message>
  <message>
   <source>Reply to {0}</source>
   <translation>Responder a {0}</translation>
  </message>
  <message>
   <source>Another wording · {0} left</source>
   <translation>Otra versión · quedan {0}</translation>
  </message>
 </context>
 <context>
  <name>App</name>
  <message>
   <source>Babilu goes on in the tray</source>
   <translation>Babilu sigue en la bandeja</translation>
  </message>
  <message>
   <source>Messages keep arriving. To end it: Ctrl+Q, or Quit in the menu of its icon.</source>
   <translation>Los mensajes siguen llegando. Para cerrarlo: Ctrl+Q, o Salir en el menú de su icono.</translation>
  </message>
  <message>
   <source>Something went wrong inside Babilu. It goes on; details are on the terminal.</source>
   <translation>Algo ha fallado dentro de Babilu. Sigue funcionando; los detalles están en la terminal.</translation>
  </message>
 </context>
 <context>
  <name>Attachments</name>
  <message>
   <source>This picture can be sent only as a file</source>
   <translation>Esta imagen solo se puede enviar como archivo</translation>
  </message>
  <message>
   <source>Sent without {0}</source>
   <translation>Se envía sin {0}</translation>
  </message>
  <message>
   <source>the place where it was taken</source>
   <translation>el lugar donde se tomó</translation>
  </message>
  <message>
   <source>the time when it was taken or changed</source>
   <translation>cuándo se tomó o se cambió</translation>
  </message>
  <message>
   <source>the camera and its settings</source>
   <translation>la cámara y sus ajustes</translation>
  </message>
  <message>
   <source>somebody's name</source>
   <translation>el nombre de alguien</translation>
  </message>
  <message>
   <source>a title, a comment or keywords</source>
   <translation>un título, un comentario o palabras clave</translation>
  </message>
  <message>
   <source>another picture, such as a small one of an earlier state</source>
   <translation>otra imagen, como una pequeña de un estado anterior</translation>
  </message>
  <message>
   <source>the program that made it</source>
   <translation>el programa que la hizo</translation>
  </message>
  <message>
   <source>other data</source>
   <translation>otros datos</translation>
  </message>
  <message>
   <source>Contains {0}</source>
   <translation>Contiene {0}</translation>
  </message>
  <message>
   <source>Send pictures as files, with all that they contain</source>
   <translation>Enviar las imágenes como archivos, con todo lo que contienen</translation>
  </message>
  <message>
   <source>A folder cannot be sent: choose the files in it, or pack it into one file.</source>
   <translation>No se puede enviar una carpeta: elige los archivos que contiene o comprímela en un solo archivo.</translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) cannot be read.</source>
   <translation>
    <numerusform>%n archivo no se puede leer.</numerusform>
    <numerusform>%n archivos no se pueden leer.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>A message brings at most %n file(s).</source>
   <translation>
    <numerusform>Un mensaje lleva como máximo %n archivo.</numerusform>
    <numerusform>Un mensaje lleva como máximo %n archivos.</numerusform>
   </translation>
  </message>
  <message>
   <source>This relay takes no files.</source>
   <translation>Este servidor no acepta archivos.</translation>
  </message>
  <message>
   <source>Files to send</source>
   <translation>Archivos para enviar</translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) to send</source>
   <translation>
    <numerusform>%n archivo para enviar</numerusform>
    <numerusform>%n archivos para enviar</numerusform>
   </translation>
  </message>
  <message>
   <source>{0} has {1}; this relay takes at most {2}.</source>
   <translation>{0} tiene {1}; este servidor acepta como máximo {2}.</translation>
  </message>
  <message>
   <source>Up to {0} each. The relay stores them for {1}, where it has room.</source>
   <translation>Hasta {0} cada uno. El servidor los guarda {1}, mientras tenga sitio.</translation>
  </message>
  <message>
   <source>Encrypting file {0}: {1} %</source>
   <translation>Cifrando el archivo {0}: {1} %</translation>
  </message>
  <message>
   <source>This picture could not be taken.</source>
   <translation>No se ha podido tomar esta imagen.</translation>
  </message>
  <message>
   <source>Do not send {0}</source>
   <translation>No enviar {0}</translation>
  </message>
  <message>
   <source>picture</source>
   <translation>imagen</translation>
  </message>
 </context>
 <context>
  <name>Backup</name>
  <message numerus="yes">
   <source>One every day into {0}: %n there.</source>
   <translation>
    <numerusform>Una cada día en {0}: hay %n.</numerusform>
    <numerusform>Una cada día en {0}: hay %n.</numerusform>
   </translation>
  </message>
  <message>
   <source>The last try failed, and is made again every hour: {0}</source>
   <translation>El último intento falló, y se repite cada hora: {0}</translation>
  </message>
  <message>
   <source>Backups</source>
   <translation>Copias de seguridad</translation>
  </message>
  <message>
   <source>One file holds your identity, contacts, groups, messages and files. It is encrypted, and read back before it counts.</source>
   <translation>Un archivo guarda tu identidad, contactos, grupos, mensajes y archivos. Está cifrado y se vuelve a leer antes de que valga.</translation>
  </message>
  <message>
   <source>Check a backup…</source>
   <translation>Comprobar una copia…</translation>
  </message>
  <message>
   <source>No daily backups</source>
   <translation>Sin copias diarias</translation>
  </message>
  <message>
   <source>Every day into a folder…</source>
   <translation>Cada día en una carpeta…</translation>
  </message>
  <message>
   <source>Working…</source>
   <translation>Trabajando…</translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) backed up, and read back.</source>
   <translation>
    <numerusform>%n mensaje guardado y vuelto a leer.</numerusform>
    <numerusform>%n mensajes guardados y vueltos a leer.</numerusform>
   </translation>
  </message>
  <message>
   <source>Write these words down and keep them where nobody else finds them. Without them nobody opens the backup, nor you.</source>
   <translation>Apunta estas palabras y guárdalas donde nadie más las encuentre. Sin ellas nadie abre la copia, tú tampoco.</translation>
  </message>
  <message>
   <source>Where the backup is to lie</source>
   <translation>Dónde guardar la copia</translation>
  </message>
  <message>
   <source>Folder for the daily backups</source>
   <translation>Carpeta para las copias diarias</translation>
  </message>
  <message>
   <source>The backup</source>
   <translation>La copia</translation>
  </message>
  <message>
   <source>There is no backup yet.</source>
   <translation>Todavía no hay ninguna copia.</translation>
  </message>
  <message numerus="yes">
   <source>This backup is good: made {0}, %n message(s).</source>
   <translation>
    <numerusform>Esta copia está bien: hecha el {0}, %n mensaje.</numerusform>
    <numerusform>Esta copia está bien: hecha el {0}, %n mensajes.</numerusform>
   </translation>
  </message>
  <message>
   <source>This backup opens with another recovery code or passphrase.</source>
   <translation>Esta copia se abre con otro código de recuperación u otra frase de contraseña.</translation>
  </message>
  <message>
   <source>A newer version of Babilu made this backup: update this one.</source>
   <translation>Esta copia es de una versión más nueva de Babilu: actualiza esta.</translation>
  </message>
  <message numerus="yes">
   <source>This backup is damaged. {0} of %n message(s) can be read.</source>
   <translation>
    <numerusform>Esta copia está dañada. Se puede leer {0} de %n mensaje.</numerusform>
    <numerusform>Esta copia está dañada. Se pueden leer {0} de %n mensajes.</numerusform>
   </translation>
  </message>
  <message>
   <source>The words of its recovery code</source>
   <translation>Las palabras de su código de recuperación</translation>
  </message>
  <message>
   <source>Type the words back; four letters of each are enough</source>
   <translation>Vuelve a escribir las palabras; bastan cuatro letras de cada una</translation>
  </message>
  <message>
   <source>Back up now…</source>
   <translation>Hacer una copia…</translation>
  </message>
  <message>
   <source>Choose the file…</source>
   <translation>Elegir el archivo…</translation>
  </message>
  <message>
   <source>This backup is good.</source>
   <translation>Esta copia está bien.</translation>
  </message>
  <message>
   <source>This file is no backup, or hardly one any more.</source>
   <translation>Este archivo no es una copia, o apenas lo es ya.</translation>
  </message>
  <message>
   <source>The last good backup: {0}</source>
   <translation>La última copia buena: {0}</translation>
  </message>
  <message>
   <source>You have no backup yet: the settings make one.</source>
   <translation>Todavía no tienes ninguna copia: los ajustes hacen una.</translation>
  </message>
 </context>
 <context>
  <name>Banner</name>
  <message>
   <source>Nothing is sent until you approve the identity</source>
   <translation>No se envía nada hasta que apruebes la identidad</translation>
  </message>
  <message>
   <source>Blocked: nothing is sent</source>
   <translation>Bloqueado: no se envía nada</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>Comparar</translation>
  </message>
  <message>
   <source>Approve</source>
   <translation>Aprobar</translation>
  </message>
  <message>
   <source>Reject</source>
   <translation>Rechazar</translation>
  </message>
  <message>
   <source>Unblock</source>
   <translation>Desbloquear</translation>
  </message>
  <message>
   <source>Accept</source>
   <translation>Aceptar</translation>
  </message>
  <message>
   <source>Block</source>
   <translation>Bloquear</translation>
  </message>
  <message>
   <source>{0}, whom you have verified, is said to have another identity. Nothing is sent through the relay until you approve or reject it: compare the safety numbers first, by another way.</source>
   <translation>Dicen que {0}, a quien tienes verificado, tiene otra identidad. No se envía nada por el servidor hasta que la apruebes o la rechaces: comparad antes los números de seguridad, por otra vía.</translation>
  </message>
  <message>
   <source>{0} is said to have another identity: a new device, or somebody in between. Nothing is sent through the relay until you approve or reject it.</source>
   <translation>Dicen que {0} tiene otra identidad: un dispositivo nuevo, o alguien en medio. No se envía nada por el servidor hasta que la apruebes o la rechaces.</translation>
  </message>
  <message>
   <source>You have blocked {0}. What they send is dropped, and they are told nothing.</source>
   <translation>Has bloqueado a {0}. Lo que envíe se descarta y no se le avisa.</translation>
  </message>
  <message>
   <source>{0} writes to you for the first time. They see that you read it once you answer.</source>
   <translation>{0} te escribe por primera vez. Sabrá que lo has leído cuando respondas.</translation>
  </message>
  <message numerus="yes">
   <source>Waiting for %n missing message(s).</source>
   <translation>
    <numerusform>Falta %n mensaje; se está esperando.</numerusform>
    <numerusform>Faltan %n mensajes; se están esperando.</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Begin</name>
  <message>
   <source>Name on the relay</source>
   <translation>Nombre en el servidor</translation>
  </message>
  <message>
   <source>First message</source>
   <translation>Primer mensaje</translation>
  </message>
  <message>
   <source>Address</source>
   <translation>Dirección</translation>
  </message>
  <message>
   <source>New conversation</source>
   <translation>Conversación nueva</translation>
  </message>
  <message>
   <source>New group…</source>
   <translation>Grupo nuevo…</translation>
  </message>
  <message>
   <source>Join a group with a link…</source>
   <translation>Entrar en un grupo con un enlace…</translation>
  </message>
  <message>
   <source>Add by a link, or show your own…</source>
   <translation>Añadir con un enlace o mostrar el tuyo…</translation>
  </message>
  <message>
   <source>Notes, only for you</source>
   <translation>Notas, solo para ti</translation>
  </message>
  <message>
   <source>By name</source>
   <translation>Por nombre</translation>
  </message>
  <message>
   <source>By address</source>
   <translation>Por dirección</translation>
  </message>
  <message>
   <source>Send</source>
   <translation>Enviar</translation>
  </message>
  <message>
   <source>Call</source>
   <translation>Llamar</translation>
  </message>
  <message>
   <source>Whom do you want to write to?</source>
   <translation>¿A quién quieres escribir?</translation>
  </message>
  <message>
   <source>That is your own name.</source>
   <translation>Ese es tu propio nombre.</translation>
  </message>
  <message>
   <source>Write the first message.</source>
   <translation>Escribe el primer mensaje.</translation>
  </message>
  <message>
   <source>An address looks like 192.0.2.7:5051 or host.example:5051.</source>
   <translation>Una dirección es como 192.0.2.7:5051 o equipo.example:5051.</translation>
  </message>
  <message>
   <source>The relay cannot be asked now. Try again when you are connected.</source>
   <translation>Ahora no se puede preguntar al servidor. Inténtalo cuando haya conexión.</translation>
  </message>
  <message>
   <source>The name is looked up at your relay.</source>
   <translation>El nombre se busca en tu servidor.</translation>
  </message>
  <message>
   <source>Whoever listens at this address is shown your name and your identity key.</source>
   <translation>Quien escuche en esta dirección verá tu nombre y tu clave de identidad.</translation>
  </message>
  <message>
   <source>Call {0} directly</source>
   <translation>Llamar directamente a {0}</translation>
  </message>
  <message>
   <source>Only {0} can read who is calling.</source>
   <translation>Solo {0} puede leer quién llama.</translation>
  </message>
 </context>
 <context>
  <name>Blocked</name>
  <message>
   <source>What they send is dropped, and they are told nothing.</source>
   <translation>Lo que envían se descarta, y no se les dice nada.</translation>
  </message>
  <message>
   <source>Blocked people</source>
   <translation>Personas bloqueadas</translation>
  </message>
  <message>
   <source>Unblock</source>
   <translation>Desbloquear</translation>
  </message>
  <message>
   <source>Nobody is blocked.</source>
   <translation>No hay nadie bloqueado.</translation>
  </message>
  <message>
   <source>Unblock {0}</source>
   <translation>Desbloquear a {0}</translation>
  </message>
 </context>
 <context>
  <name>ChatPage</name>
  <message>
   <source>Choose a conversation, or begin one with Ctrl+N</source>
   <translation>Elige una conversación o empieza una con Ctrl+N</translation>
  </message>
 </context>
 <context>
  <name>Composer</name>
  <message numerus="yes">
   <source>This is too long to be pasted: a message has at most %n byte(s).</source>
   <translation>
    <numerusform>Es demasiado largo para pegarlo: un mensaje tiene como mucho %n byte.</numerusform>
    <numerusform>Es demasiado largo para pegarlo: un mensaje tiene como mucho %n bytes.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>This text is %n byte(s) too long to be sent.</source>
   <translation>
    <numerusform>Este texto tiene %n byte de más para enviarse.</numerusform>
    <numerusform>Este texto tiene %n bytes de más para enviarse.</numerusform>
   </translation>
  </message>
  <message>
   <source>Message</source>
   <translation>Mensaje</translation>
  </message>
  <message>
   <source>Send</source>
   <translation>Enviar</translation>
  </message>
  <message>
   <source>Change the message</source>
   <translation>Cambiar el mensaje</translation>
  </message>
  <message>
   <source>Attach files…</source>
   <translation>Adjuntar archivos…</translation>
  </message>
  <message>
   <source>Insert an emoji…</source>
   <translation>Insertar un emoji…</translation>
  </message>
  <message>
   <source>Record a voice note</source>
   <translation>Grabar una nota de voz</translation>
  </message>
  <message>
   <source>Send later…</source>
   <translation>Enviar más tarde…</translation>
  </message>
  <message>
   <source>Disappears after {0}</source>
   <translation>Desaparece después de {0}</translation>
  </message>
 </context>
 <context>
  <name>Connection</name>
  <message>
   <source>Connection</source>
   <translation>Conexión</translation>
  </message>
  <message>
   <source>Receive direct conversation requests</source>
   <translation>Recibir solicitudes de conversación directa</translation>
  </message>
  <message>
   <source>Others can then call this device without a relay. A stranger learns nothing until you accept.</source>
   <translation>Así otros pueden llamar a este dispositivo sin servidor. Un desconocido no sabe nada hasta que aceptes.</translation>
  </message>
  <message>
   <source>Listen at</source>
   <translation>Escuchar en</translation>
  </message>
  <message>
   <source>Your address, to give to others</source>
   <translation>Tu dirección, para dársela a otros</translation>
  </message>
  <message>
   <source>Find people on the local network, and be found</source>
   <translation>Encontrar gente en la red local y que te encuentren</translation>
  </message>
  <message>
   <source>Call an address…</source>
   <translation>Llamar a una dirección…</translation>
  </message>
  <message>
   <source>Try now</source>
   <translation>Probar ahora</translation>
  </message>
  <message>
   <source>Your address</source>
   <translation>Tu dirección</translation>
  </message>
  <message>
   <source>Copy the address</source>
   <translation>Copiar la dirección</translation>
  </message>
  <message>
   <source>Call</source>
   <translation>Llamar</translation>
  </message>
  <message>
   <source>An address of this machine with a port, such as 0.0.0.0:5051.</source>
   <translation>Una dirección de este equipo con puerto, como 0.0.0.0:5051.</translation>
  </message>
  <message>
   <source>Call {0}</source>
   <translation>Llamar a {0}</translation>
  </message>
  <message>
   <source>Stop calling {0}</source>
   <translation>Dejar de llamar a {0}</translation>
  </message>
 </context>
 <context>
  <name>Contact</name>
  <message>
   <source>Contact</source>
   <translation>Contacto</translation>
  </message>
  <message>
   <source>Keep at the top of the list</source>
   <translation>Mantener arriba en la lista</translation>
  </message>
  <message>
   <source>No notifications</source>
   <translation>Sin notificaciones</translation>
  </message>
  <message>
   <source>Allow direct connections</source>
   <translation>Permitir conexiones directas</translation>
  </message>
  <message>
   <source>A direct connection shows them your network address.</source>
   <translation>Una conexión directa le muestra tu dirección de red.</translation>
  </message>
  <message>
   <source>Rename…</source>
   <translation>Cambiar el nombre…</translation>
  </message>
  <message>
   <source>Compare the safety number…</source>
   <translation>Comparar el número de seguridad…</translation>
  </message>
  <message>
   <source>End the direct connection</source>
   <translation>Terminar la conexión directa</translation>
  </message>
  <message>
   <source>Talk directly…</source>
   <translation>Hablar directamente…</translation>
  </message>
  <message>
   <source>Unblock</source>
   <translation>Desbloquear</translation>
  </message>
  <message>
   <source>Block…</source>
   <translation>Bloquear…</translation>
  </message>
  <message>
   <source>Verified</source>
   <translation>Verificado</translation>
  </message>
  <message>
   <source>Not verified: known since the first contact</source>
   <translation>Sin verificar: conocido desde el primer contacto</translation>
  </message>
  <message>
   <source>The identity has changed</source>
   <translation>La identidad ha cambiado</translation>
  </message>
  <message>
   <source>Messages disappear: {0}</source>
   <translation>Los mensajes desaparecen: {0}</translation>
  </message>
 </context>
 <context>
  <name>ConversationPage</name>
  <message>
   <source>No messages yet. Say hello!</source>
   <translation>Aún no hay mensajes. ¡Saluda!</translation>
  </message>
  <message>
   <source>What you write here stays with your own devices.</source>
   <translation>Lo que escribas aquí se queda en tus propios dispositivos.</translation>
  </message>
  <message>
   <source>Go to the newest message</source>
   <translation>Ir al mensaje más reciente</translation>
  </message>
  <message numerus="yes">
   <source>%n new</source>
   <translation>
    <numerusform>%n nuevo</numerusform>
    <numerusform>%n nuevos</numerusform>
   </translation>
  </message>
 </context>
 <context>
  <name>Conversations</name>
  <message numerus="yes">
   <source>Archived (%n)</source>
   <translation>
    <numerusform>Archivadas (%n)</numerusform>
    <numerusform>Archivadas (%n)</numerusform>
   </translation>
  </message>
  <message>
   <source>No messages yet</source>
   <translation>Aún no hay mensajes</translation>
  </message>
  <message>
   <source>group</source>
   <translation>grupo</translation>
  </message>
  <message>
   <source>verified</source>
   <translation>verificado</translation>
  </message>
  <message>
   <source>identity changed</source>
   <translation>identidad cambiada</translation>
  </message>
  <message numerus="yes">
   <source>%n unread</source>
   <translation>
    <numerusform>%n sin leer</numerusform>
    <numerusform>%n sin leer</numerusform>
   </translation>
  </message>
  <message>
   <source>pinned</source>
   <translation>fijado</translation>
  </message>
  <message>
   <source>muted</source>
   <translation>silenciado</translation>
  </message>
  <message>
   <source>draft</source>
   <translation>borrador</translation>
  </message>
  <message>
   <source>You: {0}</source>
   <translation>Tú: {0}</translation>
  </message>
  <message>
   <source>shown</source>
   <translation>a la vista</translation>
  </message>
  <message>
   <source>hidden</source>
   <translation>ocultas</translation>
  </message>
  <message>
   <source>mentions you</source>
   <translation>te menciona</translation>
  </message>
  <message>
   <source>marked as unread</source>
   <translation>marcada como no leída</translation>
  </message>
  <message>
   <source>Messages</source>
   <translation>Mensajes</translation>
  </message>
  <message>
   <source>Conversation request from {0}</source>
   <translation>Solicitud de conversación de {0}</translation>
  </message>
  <message>
   <source>is typing…</source>
   <translation>está escribiendo…</translation>
  </message>
  <message numerus="yes">
   <source>%n people are typing…</source>
   <translation>
    <numerusform>%n persona está escribiendo…</numerusform>
    <numerusform>%n personas están escribiendo…</numerusform>
   </translation>
  </message>
  <message>
   <source>{0} is typing…</source>
   <translation>{0} está escribiendo…</translation>
  </message>
  <message>
   <source>{0} and {1} are typing…</source>
   <translation>{0} y {1} están escribiendo…</translation>
  </message>
  <message>
   <source>Notes</source>
   <translation>Notas</translation>
  </message>
  <message>
   <source>Asks for a conversation</source>
   <translation>Pide una conversación</translation>
  </message>
  <message>
   <source>Wants to join {0}</source>
   <translation>Quiere entrar en {0}</translation>
  </message>
  <message>
   <source>Draft:</source>
   <translation>Borrador:</translation>
  </message>
  <message>
   <source>{0} added you</source>
   <translation>{0} te añadió</translation>
  </message>
 </context>
 <context>
  <name>Days</name>
  <message>
   <source>Today</source>
   <translation>Hoy</translation>
  </message>
  <message>
   <source>Yesterday</source>
   <translation>Ayer</translation>
  </message>
  <message>
   <source>MMMM d</source>
   <translation>d 'de' MMMM</translation>
  </message>
  <message>
   <source>MMMM d, yyyy</source>
   <translation>d 'de' MMMM 'de' yyyy</translation>
  </message>
  <message>
   <source>MMM d</source>
   <translation>d MMM</translation>
  </message>
  <message>
   <source>M/d/yy</source>
   <translation>d/M/yy</translation>
  </message>
 </context>
 <context>
  <name>Decision</name>
  <message>
   <source>Accept</source>
   <translation>Aceptar</translation>
  </message>
  <message>
   <source>Decline</source>
   <translation>Rechazar</translation>
  </message>
  <message>
   <source>Compare the safety number…</source>
   <translation>Comparar el número de seguridad…</translation>
  </message>
  <message>
   <source>Until you accept nothing that is written there is shown, and nobody learns that you have seen this. Whoever is in the group sees who else is in it.</source>
   <translation>Hasta que aceptes no se muestra nada de lo que se escribe allí, y nadie sabe que has visto esto. Quien está en el grupo ve quién más está en él.</translation>
  </message>
  <message>
   <source>They have a link to this group. Anybody can choose any name: ask {0} by another way whether it is them. Once they are in, everybody in the group sees what they write.</source>
   <translation>Tiene un enlace de este grupo. Cualquiera puede elegir cualquier nombre: pregunta a {0} por otra vía si es esa persona. Cuando esté dentro, todo el grupo ve lo que escribe.</translation>
  </message>
 </context>
 <context>
  <name>Devices</name>
  <message>
   <source>Without a name</source>
   <translation>Sin nombre</translation>
  </message>
  <message>
   <source>Your devices</source>
   <translation>Tus dispositivos</translation>
  </message>
  <message>
   <source>A new one is linked on its own first page. After a theft, change the password, then remove the device.</source>
   <translation>Uno nuevo se vincula en su propia primera página. Tras un robo, cambia la contraseña y después quita el dispositivo.</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Eliminar</translation>
  </message>
  <message>
   <source>Ask for history</source>
   <translation>Pedir el historial</translation>
  </message>
  <message>
   <source>Your other devices give this one what it lacks of contacts and messages.</source>
   <translation>Tus otros dispositivos le dan a este los contactos y mensajes que le faltan.</translation>
  </message>
  <message>
   <source>Asked: what they have comes once they are online.</source>
   <translation>Pedido: lo que tengan llega cuando estén en línea.</translation>
  </message>
  <message>
   <source>Nothing reaches {0} any more, and it is locked.</source>
   <translation>Ya no le llegará nada a {0}, que quedará bloqueado.</translation>
  </message>
  <message>
   <source>Full device</source>
   <translation>Dispositivo completo</translation>
  </message>
  <message>
   <source>Companion</source>
   <translation>Acompañante</translation>
  </message>
  <message>
   <source>this one</source>
   <translation>este</translation>
  </message>
  <message>
   <source>Remove…</source>
   <translation>Eliminar…</translation>
  </message>
  <message>
   <source>Fill in the password.</source>
   <translation>Escribe la contraseña.</translation>
  </message>
  <message>
   <source>Remove {0}</source>
   <translation>Eliminar {0}</translation>
  </message>
  <message>
   <source>last seen {0}</source>
   <translation>visto por última vez: {0}</translation>
  </message>
 </context>
 <context>
  <name>EmojiPicker</name>
  <message>
   <source>Choose an emoji</source>
   <translation>Elige un emoji</translation>
  </message>
  <message>
   <source>Search by name</source>
   <translation>Buscar por nombre</translation>
  </message>
  <message>
   <source>Emoji</source>
   <translation>Emojis</translation>
  </message>
  <message>
   <source>No emoji has such a name.</source>
   <translation>Ningún emoji se llama así.</translation>
  </message>
 </context>
 <context>
  <name>Export</name>
  <message>
   <source>Export all conversations</source>
   <translation>Exportar todas las conversaciones</translation>
  </message>
  <message>
   <source>Pages for a browser</source>
   <translation>Páginas para un navegador</translation>
  </message>
  <message>
   <source>JSON for programs</source>
   <translation>JSON para programas</translation>
  </message>
  <message>
   <source>Plain text</source>
   <translation>Texto sin formato</translation>
  </message>
  <message>
   <source>Files are written that need no Babilu. They are not encrypted: whoever has them can read them.</source>
   <translation>Se escriben archivos que no necesitan Babilu. No están cifrados: quien los tenga puede leerlos.</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>Formato</translation>
  </message>
  <message>
   <source>Also messages that disappear</source>
   <translation>También los mensajes que desaparecen</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>Exportar…</translation>
  </message>
  <message>
   <source>Show the files</source>
   <translation>Mostrar los archivos</translation>
  </message>
  <message>
   <source>Where to write it</source>
   <translation>Dónde escribirlo</translation>
  </message>
  <message>
   <source>Write here</source>
   <translation>Escribir aquí</translation>
  </message>
  <message>
   <source>Writing…</source>
   <translation>Escribiendo…</translation>
  </message>
  <message numerus="yes">
   <source>Writing… %n message(s) so far</source>
   <translation>
    <numerusform>Escribiendo… %n mensaje por ahora</numerusform>
    <numerusform>Escribiendo… %n mensajes por ahora</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) written.</source>
   <translation>
    <numerusform>%n mensaje escrito.</numerusform>
    <numerusform>%n mensajes escritos.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) are not here, and were left out.</source>
   <translation>
    <numerusform>%n archivo no está aquí y se ha dejado fuera.</numerusform>
    <numerusform>%n archivos no están aquí y se han dejado fuera.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) that disappear were left out.</source>
   <translation>
    <numerusform>Se ha dejado fuera %n mensaje que desaparece.</numerusform>
    <numerusform>Se han dejado fuera %n mensajes que desaparecen.</numerusform>
   </translation>
  </message>
  <message>
   <source>Only those whose time runs: they stay in the files for good.</source>
   <translation>Solo aquellos cuyo tiempo corre: en los archivos se quedan para siempre.</translation>
  </message>
  <message>
   <source>Export {0}</source>
   <translation>Exportar {0}</translation>
  </message>
 </context>
 <context>
  <name>Field</name>
  <message>
   <source>Show what is typed</source>
   <translation>Mostrar lo escrito</translation>
  </message>
  <message>
   <source>Hide what is typed</source>
   <translation>Ocultar lo escrito</translation>
  </message>
 </context>
 <context>
  <name>File</name>
  <message numerus="yes">
   <source>%n picture(s)</source>
   <translation>
    <numerusform>%n imagen</numerusform>
    <numerusform>%n imágenes</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n file(s)</source>
   <translation>
    <numerusform>%n archivo</numerusform>
    <numerusform>%n archivos</numerusform>
   </translation>
  </message>
  <message>
   <source>waits</source>
   <translation>en espera</translation>
  </message>
  <message>
   <source>deleted here</source>
   <translation>borrado aquí</translation>
  </message>
  <message>
   <source>waits to be fetched directly</source>
   <translation>espera una descarga directa</translation>
  </message>
  <message>
   <source>on its way to the relay</source>
   <translation>de camino al servidor</translation>
  </message>
  <message>
   <source>with the relay</source>
   <translation>en el servidor</translation>
  </message>
  <message>
   <source>sent</source>
   <translation>enviado</translation>
  </message>
  <message>
   <source>not fetched</source>
   <translation>sin descargar</translation>
  </message>
  <message>
   <source>being fetched</source>
   <translation>descargándose</translation>
  </message>
  <message>
   <source>here, not saved</source>
   <translation>está aquí, sin guardar</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>en pausa</translation>
  </message>
  <message>
   <source>deleted here to make room</source>
   <translation>borrado aquí para liberar espacio</translation>
  </message>
  <message>
   <source>cancelled</source>
   <translation>cancelado</translation>
  </message>
  <message>
   <source>picture {0}</source>
   <translation>imagen {0}</translation>
  </message>
  <message>
   <source>not moved: {0}</source>
   <translation>no se ha transferido: {0}</translation>
  </message>
  <message>
   <source>{0} %</source>
   <translation>{0} %</translation>
  </message>
  <message>
   <source>{0}/s</source>
   <translation>{0}/s</translation>
  </message>
  <message>
   <source>{0} · {1} · {2} left</source>
   <translation>{0} · {1} · quedan {2}</translation>
  </message>
  <message>
   <source>{0} · {1} left</source>
   <translation>{0} · quedan {1}</translation>
  </message>
  <message>
   <source>{0} · saved in {1}</source>
   <translation>{0} · guardado en {1}</translation>
  </message>
  <message>
   <source>saved in {0}</source>
   <translation>guardado en {0}</translation>
  </message>
  <message>
   <source>Save here</source>
   <translation>Guardar aquí</translation>
  </message>
  <message>
   <source>{0} is saved in {1}.</source>
   <translation>{0} se ha guardado en {1}.</translation>
  </message>
  <message>
   <source>Save {0} in…</source>
   <translation>Guardar {0} en…</translation>
  </message>
  <message>
   <source>It is in {0}.</source>
   <translation>Está en {0}.</translation>
  </message>
 </context>
 <context>
  <name>FirstRun</name>
  <message>
   <source>Your name</source>
   <translation>Tu nombre</translation>
  </message>
  <message>
   <source>Choose one of your profiles</source>
   <translation>Elegir uno de tus perfiles</translation>
  </message>
  <message>
   <source>Invitation</source>
   <translation>Invitación</translation>
  </message>
  <message>
   <source>Relay</source>
   <translation>Servidor</translation>
  </message>
  <message>
   <source>Name or address</source>
   <translation>Nombre o dirección</translation>
  </message>
  <message>
   <source>Port</source>
   <translation>Puerto</translation>
  </message>
  <message>
   <source>Fingerprint of its certificate</source>
   <translation>Huella de su certificado</translation>
  </message>
  <message>
   <source>If its operator told you one</source>
   <translation>Si quien lo administra te la ha dado</translation>
  </message>
  <message>
   <source>Address at which others can call you</source>
   <translation>Dirección en la que otros pueden llamarte</translation>
  </message>
  <message>
   <source>Link to my other device…</source>
   <translation>Vincular con mi otro dispositivo…</translation>
  </message>
  <message>
   <source>I have a backup…</source>
   <translation>Tengo una copia…</translation>
  </message>
  <message>
   <source>Start over on this device with a new identity</source>
   <translation>Empezar de nuevo aquí con otra identidad</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>Progreso</translation>
  </message>
  <message>
   <source>What others call you</source>
   <translation>Como te llaman los demás</translation>
  </message>
  <message>
   <source>Passphrase</source>
   <translation>Contraseña del perfil</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Private chat that people host themselves.</source>
   <translation>Chat privado en tu propio servidor.</translation>
  </message>
  <message>
   <source>I have an account there already</source>
   <translation>Ya tengo una cuenta ahí</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
  <message>
   <source>Start chatting</source>
   <translation>Empezar a hablar</translation>
  </message>
  <message>
   <source>The invitation names the relay and proves that it is the right one. Your password never leaves this device.</source>
   <translation>La invitación nombra el servidor y prueba que es el correcto. Tu contraseña nunca sale de este dispositivo.</translation>
  </message>
  <message>
   <source>The relay's certificate is remembered at this first contact, and a different one is refused later.</source>
   <translation>El certificado del servidor se recuerda en este primer contacto, y otro distinto se rechaza después.</translation>
  </message>
  <message>
   <source>You talk straight to each other's devices. Whoever you call sees your network address.</source>
   <translation>Se habla de dispositivo a dispositivo. A quien llames verá tu dirección de red.</translation>
  </message>
  <message>
   <source>{0} will be registered as a new name, if nobody has it.</source>
   <translation>{0} se registrará como nombre nuevo, si nadie lo tiene.</translation>
  </message>
  <message>
   <source>Direct, without a relay</source>
   <translation>Directo, sin servidor</translation>
  </message>
  <message>
   <source>The relay shows another certificate: somebody may be in between.</source>
   <translation>El servidor muestra otro certificado: puede que haya alguien en medio.</translation>
  </message>
  <message>
   <source>This name is taken. Choose another one; if it is yours, say so below.</source>
   <translation>Este nombre está cogido. Elige otro; si es tuyo, indícalo abajo.</translation>
  </message>
  <message>
   <source>This relay takes new people by invitation, and the link brings none. Ask for one that does.</source>
   <translation>Este servidor acepta gente nueva por invitación, y el enlace no trae ninguna. Pide uno que la traiga.</translation>
  </message>
  <message>
   <source>This invitation was used or has expired. Ask for another one.</source>
   <translation>Esta invitación ya se usó o ha caducado. Pide otra.</translation>
  </message>
  <message>
   <source>Name or password is wrong.</source>
   <translation>El nombre o la contraseña no es correcto.</translation>
  </message>
  <message>
   <source>This is not the password of this profile.</source>
   <translation>Esta no es la contraseña de este perfil.</translation>
  </message>
  <message>
   <source>No relay</source>
   <translation>Sin servidor</translation>
  </message>
  <message>
   <source>Welcome back</source>
   <translation>Hola de nuevo</translation>
  </message>
  <message>
   <source>Welcome to Babilu</source>
   <translation>Te damos la bienvenida</translation>
  </message>
  <message>
   <source>Passphrase again</source>
   <translation>Contraseña del perfil otra vez</translation>
  </message>
  <message>
   <source>Password again</source>
   <translation>Contraseña otra vez</translation>
  </message>
  <message>
   <source>Register and start chatting</source>
   <translation>Registrar y empezar a chatear</translation>
  </message>
  <message>
   <source>Make another profile</source>
   <translation>Crear otro perfil</translation>
  </message>
  <message>
   <source>Choose a name.</source>
   <translation>Elige un nombre.</translation>
  </message>
  <message>
   <source>Fill this in: it protects what is kept on this device.</source>
   <translation>Rellénala: protege lo que se guarda en este dispositivo.</translation>
  </message>
  <message>
   <source>This is no invitation: it begins with babilu:// and is pasted whole.</source>
   <translation>Esto no es una invitación: empieza por babilu:// y se pega entera.</translation>
  </message>
  <message>
   <source>The name or the IP address of a relay.</source>
   <translation>El nombre o la dirección IP de un servidor.</translation>
  </message>
  <message>
   <source>A number up to 65535.</source>
   <translation>Un número hasta 65535.</translation>
  </message>
  <message>
   <source>A fingerprint has 64 digits and letters up to F.</source>
   <translation>Una huella tiene 64 cifras y letras hasta la F.</translation>
  </message>
  <message>
   <source>An address of this machine with a port, or nothing.</source>
   <translation>Una dirección de este equipo con puerto, o nada.</translation>
  </message>
  <message>
   <source>open in another program</source>
   <translation>abierto en otro programa</translation>
  </message>
 </context>
 <context>
  <name>Forward</name>
  <message numerus="yes">
   <source>At most %n people at once.</source>
   <translation>
    <numerusform>Como mucho %n persona a la vez.</numerusform>
    <numerusform>Como mucho %n personas a la vez.</numerusform>
   </translation>
  </message>
  <message>
   <source>Forward to</source>
   <translation>Reenviar a</translation>
  </message>
  <message numerus="yes">
   <source>Forward to %n</source>
   <translation>
    <numerusform>Reenviar a %n persona</numerusform>
    <numerusform>Reenviar a %n personas</numerusform>
   </translation>
  </message>
  <message>
   <source>Forward</source>
   <translation>Reenviar</translation>
  </message>
 </context>
 <context>
  <name>Group</name>
  <message>
   <source>Group</source>
   <translation>Grupo</translation>
  </message>
  <message>
   <source>Add people…</source>
   <translation>Añadir personas…</translation>
  </message>
  <message>
   <source>Links to join…</source>
   <translation>Enlaces para entrar…</translation>
  </message>
  <message>
   <source>Title, topic and picture…</source>
   <translation>Título, tema e imagen…</translation>
  </message>
  <message>
   <source>What counts, and why…</source>
   <translation>Qué cuenta, y por qué…</translation>
  </message>
  <message>
   <source>Everybody adds people</source>
   <translation>Cualquiera añade personas</translation>
  </message>
  <message>
   <source>Everybody writes</source>
   <translation>Cualquiera escribe</translation>
  </message>
  <message>
   <source>Everybody pins messages</source>
   <translation>Cualquiera fija mensajes</translation>
  </message>
  <message>
   <source>Keep at the top of the list</source>
   <translation>Mantener arriba en la lista</translation>
  </message>
  <message>
   <source>No notifications, unless you are mentioned</source>
   <translation>Sin avisos, salvo si te mencionan</translation>
  </message>
  <message>
   <source>Leave the group…</source>
   <translation>Salir del grupo…</translation>
  </message>
  <message>
   <source>Only admins change this.</source>
   <translation>Solo los administradores cambian esto.</translation>
  </message>
  <message>
   <source>Messages disappear: {0}</source>
   <translation>Los mensajes desaparecen: {0}</translation>
  </message>
  <message>
   <source>For newcomers: {0}</source>
   <translation>Para quien llega: {0}</translation>
  </message>
  <message>
   <source>you: {0}</source>
   <translation>tú: {0}</translation>
  </message>
  <message>
   <source>added by {0}</source>
   <translation>te añadió {0}</translation>
  </message>
 </context>
 <context>
  <name>GroupEdit</name>
  <message>
   <source>Another picture</source>
   <translation>Otra imagen</translation>
  </message>
  <message>
   <source>No picture</source>
   <translation>Sin imagen</translation>
  </message>
  <message>
   <source>Picture</source>
   <translation>Imagen</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>Elegir…</translation>
  </message>
  <message>
   <source>Choose a picture of the group</source>
   <translation>Elegir una imagen del grupo</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <source>Remove the picture of the group</source>
   <translation>Quitar la imagen del grupo</translation>
  </message>
  <message>
   <source>Title, topic and picture</source>
   <translation>Título, tema e imagen</translation>
  </message>
  <message>
   <source>Everybody in the group sees them, and that you changed them.</source>
   <translation>Todo el grupo los ve, y ve que los cambiaste tú.</translation>
  </message>
  <message>
   <source>Title</source>
   <translation>Título</translation>
  </message>
  <message>
   <source>Topic</source>
   <translation>Tema</translation>
  </message>
  <message>
   <source>Save</source>
   <translation>Guardar</translation>
  </message>
  <message>
   <source>A group has a title.</source>
   <translation>Un grupo tiene un título.</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>Imágenes</translation>
  </message>
 </context>
 <context>
  <name>GroupLinks</name>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n día</numerusform>
    <numerusform>%n días</numerusform>
   </translation>
  </message>
  <message>
   <source>For anybody</source>
   <translation>Para cualquiera</translation>
  </message>
  <message numerus="yes">
   <source>For %n more</source>
   <translation>
    <numerusform>Para %n más</numerusform>
    <numerusform>Para %n más</numerusform>
   </translation>
  </message>
  <message>
   <source>as many as want</source>
   <translation>cuantas quieran</translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hora</numerusform>
    <numerusform>%n horas</numerusform>
   </translation>
  </message>
  <message>
   <source>The link</source>
   <translation>El enlace</translation>
  </message>
  <message>
   <source>The link as a QR code</source>
   <translation>El enlace como código QR</translation>
  </message>
  <message>
   <source>Links to join</source>
   <translation>Enlaces para entrar</translation>
  </message>
  <message>
   <source>Whoever has a link to the group may join it, until it is used up, expires or is revoked. It works while a device of an admin is online.</source>
   <translation>Quien tiene un enlace del grupo puede entrar, hasta que se gasta, caduca o se revoca. Funciona mientras un dispositivo de un administrador esté conectado.</translation>
  </message>
  <message>
   <source>Make a link</source>
   <translation>Crear un enlace</translation>
  </message>
  <message>
   <source>Links that can be used</source>
   <translation>Enlaces que se pueden usar</translation>
  </message>
  <message>
   <source>There is no link.</source>
   <translation>No hay ningún enlace.</translation>
  </message>
  <message>
   <source>Show</source>
   <translation>Mostrar</translation>
  </message>
  <message>
   <source>Revoke</source>
   <translation>Revocar</translation>
  </message>
  <message>
   <source>Join with a link</source>
   <translation>Entrar con un enlace</translation>
  </message>
  <message>
   <source>An admin of the group learns your name and your identity key. The group appears here once you are in.</source>
   <translation>Un administrador del grupo conoce tu nombre y tu clave de identidad. El grupo aparece aquí cuando estés dentro.</translation>
  </message>
  <message>
   <source>Link to the group</source>
   <translation>Enlace del grupo</translation>
  </message>
  <message>
   <source>Ask to join</source>
   <translation>Pedir entrar</translation>
  </message>
  <message>
   <source>an admin decides</source>
   <translation>un administrador decide</translation>
  </message>
  <message>
   <source>with an account at the relay</source>
   <translation>con cuenta en el servidor</translation>
  </message>
  <message>
   <source>It also invites to the relay</source>
   <translation>También invita al servidor</translation>
  </message>
  <message>
   <source>Whoever has no account there can make one with it.</source>
   <translation>Quien no tiene cuenta allí puede crear una con él.</translation>
  </message>
  <message>
   <source>Paste the link that you were given.</source>
   <translation>Pega el enlace que te dieron.</translation>
  </message>
  <message>
   <source>until {0}</source>
   <translation>hasta el {0}</translation>
  </message>
  <message>
   <source>So many people may use it</source>
   <translation>Personas que pueden usarlo</translation>
  </message>
  <message>
   <source>It is good for</source>
   <translation>Vale durante</translation>
  </message>
  <message>
   <source>An admin decides about each</source>
   <translation>Un administrador decide sobre cada persona</translation>
  </message>
  <message>
   <source>Else whoever has the link is in at once.</source>
   <translation>Si no, quien tiene el enlace entra enseguida.</translation>
  </message>
  <message>
   <source>Show the link: {0}</source>
   <translation>Mostrar el enlace: {0}</translation>
  </message>
  <message>
   <source>Revoke the link: {0}</source>
   <translation>Revocar el enlace: {0}</translation>
  </message>
 </context>
 <context>
  <name>GroupLog</name>
  <message>
   <source>What counts, and why</source>
   <translation>Qué cuenta, y por qué</translation>
  </message>
  <message>
   <source>Every member's device has the same list, and comes to the same result. The times are what those who made the changes say; they decide nothing.</source>
   <translation>El dispositivo de cada miembro tiene la misma lista y llega al mismo resultado. Las horas son las que dicen quienes hicieron los cambios; no deciden nada.</translation>
  </message>
  <message>
   <source>Older ones are not shown here.</source>
   <translation>Los anteriores no se muestran aquí.</translation>
  </message>
  <message>
   <source>Older ones</source>
   <translation>Anteriores</translation>
  </message>
 </context>
 <context>
  <name>GroupPeople</name>
  <message numerus="yes">
   <source>A group has at most %n members.</source>
   <translation>
    <numerusform>Un grupo tiene como mucho %n miembro.</numerusform>
    <numerusform>Un grupo tiene como mucho %n miembros.</numerusform>
   </translation>
  </message>
  <message>
   <source>Start the group</source>
   <translation>Crear el grupo</translation>
  </message>
  <message>
   <source>They see who adds them, and decide. You give them: {0}.</source>
   <translation>Ven quién los añade, y deciden. Les das: {0}.</translation>
  </message>
  <message>
   <source>New group</source>
   <translation>Grupo nuevo</translation>
  </message>
  <message>
   <source>Title</source>
   <translation>Título</translation>
  </message>
  <message>
   <source>What everybody in it sees</source>
   <translation>Lo que ve todo el grupo</translation>
  </message>
  <message>
   <source>Topic (may stay empty)</source>
   <translation>Tema (puede quedar vacío)</translation>
  </message>
  <message>
   <source>People (others can be added later)</source>
   <translation>Personas (se pueden añadir otras después)</translation>
  </message>
  <message>
   <source>Add people</source>
   <translation>Añadir personas</translation>
  </message>
  <message numerus="yes">
   <source>Start with %n</source>
   <translation>
    <numerusform>Crear con %n</numerusform>
    <numerusform>Crear con %n</numerusform>
   </translation>
  </message>
  <message>
   <source>What is the group called?</source>
   <translation>¿Cómo se llama el grupo?</translation>
  </message>
  <message numerus="yes">
   <source>Add %n</source>
   <translation>
    <numerusform>Añadir %n</numerusform>
    <numerusform>Añadir %n</numerusform>
   </translation>
  </message>
  <message>
   <source>Add</source>
   <translation>Añadir</translation>
  </message>
 </context>
 <context>
  <name>HandOut</name>
  <message>
   <source>Copy</source>
   <translation>Copiar</translation>
  </message>
  <message>
   <source>Copied</source>
   <translation>Copiado</translation>
  </message>
 </context>
 <context>
  <name>Header</name>
  <message>
   <source>Search in this conversation</source>
   <translation>Buscar en esta conversación</translation>
  </message>
  <message>
   <source>Talk directly</source>
   <translation>Hablar directamente</translation>
  </message>
  <message>
   <source>About this contact</source>
   <translation>Sobre este contacto</translation>
  </message>
  <message>
   <source>About this group</source>
   <translation>Acerca de este grupo</translation>
  </message>
  <message>
   <source>Verified</source>
   <translation>Verificado</translation>
  </message>
  <message>
   <source>Identity changed</source>
   <translation>Identidad cambiada</translation>
  </message>
  <message>
   <source>verified</source>
   <translation>verificado</translation>
  </message>
  <message>
   <source>blocked</source>
   <translation>bloqueado</translation>
  </message>
  <message>
   <source>Messages disappear: {0}</source>
   <translation>Los mensajes desaparecen: {0}</translation>
  </message>
  <message>
   <source>through the relay</source>
   <translation>a través del servidor</translation>
  </message>
  <message>
   <source>direct connection{0}</source>
   <translation>conexión directa{0}</translation>
  </message>
  <message>
   <source>not connected: messages wait here</source>
   <translation>sin conexión: los mensajes esperan aquí</translation>
  </message>
  <message>
   <source>offline: messages wait here</source>
   <translation>sin conexión: los mensajes esperan aquí</translation>
  </message>
  <message>
   <source>only for you</source>
   <translation>solo para ti</translation>
  </message>
  <message>
   <source>online</source>
   <translation>en línea</translation>
  </message>
 </context>
 <context>
  <name>HoverBar</name>
  <message>
   <source>More</source>
   <translation>Más</translation>
  </message>
 </context>
 <context>
  <name>Invitations</name>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n día</numerusform>
    <numerusform>%n días</numerusform>
   </translation>
  </message>
  <message>
   <source>No invitation is open.</source>
   <translation>No hay ninguna invitación abierta.</translation>
  </message>
  <message>
   <source>the relay's usual time</source>
   <translation>lo habitual en el servidor</translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hora</numerusform>
    <numerusform>%n horas</numerusform>
   </translation>
  </message>
  <message>
   <source>The invitation</source>
   <translation>La invitación</translation>
  </message>
  <message>
   <source>The invitation as a QR code</source>
   <translation>La invitación como código QR</translation>
  </message>
  <message>
   <source>{0}. Copy it now: it is not shown again.</source>
   <translation>{0}. Cópiala ahora: no se vuelve a mostrar.</translation>
  </message>
  <message>
   <source>Invitations</source>
   <translation>Invitaciones</translation>
  </message>
  <message>
   <source>Whoever has an invitation can make an account at this relay.</source>
   <translation>Quien tiene una invitación puede crear una cuenta en este servidor.</translation>
  </message>
  <message>
   <source>Make an invitation</source>
   <translation>Crear una invitación</translation>
  </message>
  <message>
   <source>Open invitations</source>
   <translation>Invitaciones abiertas</translation>
  </message>
  <message>
   <source>Revoke…</source>
   <translation>Revocar…</translation>
  </message>
  <message numerus="yes">
   <source>For %n account(s), until {0}</source>
   <translation>
    <numerusform>Para %n cuenta, hasta el {0}</numerusform>
    <numerusform>Para %n cuentas, hasta el {0}</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n older one(s) are not shown.</source>
   <translation>
    <numerusform>No se muestra %n más antigua.</numerusform>
    <numerusform>No se muestran %n más antiguas.</numerusform>
   </translation>
  </message>
  <message>
   <source>Accounts that can be made with it</source>
   <translation>Cuentas que se pueden crear con ella</translation>
  </message>
  <message>
   <source>It is good for</source>
   <translation>Vale durante</translation>
  </message>
  <message>
   <source>Revoke invitation {0}</source>
   <translation>Revocar la invitación {0}</translation>
  </message>
 </context>
 <context>
  <name>Keys</name>
  <message>
   <source>Go to a conversation</source>
   <translation>Ir a una conversación</translation>
  </message>
  <message>
   <source>New conversation</source>
   <translation>Conversación nueva</translation>
  </message>
  <message>
   <source>New group</source>
   <translation>Grupo nuevo</translation>
  </message>
  <message>
   <source>Search in this conversation</source>
   <translation>Buscar en esta conversación</translation>
  </message>
  <message>
   <source>Search everywhere</source>
   <translation>Buscar en todas partes</translation>
  </message>
  <message>
   <source>Next conversation</source>
   <translation>Conversación siguiente</translation>
  </message>
  <message>
   <source>Previous conversation</source>
   <translation>Conversación anterior</translation>
  </message>
  <message>
   <source>About this contact or group</source>
   <translation>Acerca de este contacto o grupo</translation>
  </message>
  <message>
   <source>Newest message</source>
   <translation>Mensaje más reciente</translation>
  </message>
  <message>
   <source>Choose among the messages</source>
   <translation>Elegir entre los mensajes</translation>
  </message>
  <message>
   <source>Connection and own address</source>
   <translation>Conexión y dirección propia</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <source>All keys</source>
   <translation>Todas las teclas</translation>
  </message>
  <message>
   <source>Go from one pinned message to the next</source>
   <translation>Ir de un mensaje fijado al siguiente</translation>
  </message>
  <message>
   <source>How long messages stay</source>
   <translation>Cuánto duran los mensajes</translation>
  </message>
  <message>
   <source>Pictures, voice, files and links of the conversation</source>
   <translation>Imágenes, voz, archivos y enlaces de la conversación</translation>
  </message>
  <message>
   <source>Mark the conversation as unread</source>
   <translation>Marcar la conversación como no leída</translation>
  </message>
  <message>
   <source>One's own link</source>
   <translation>Tu propio enlace</translation>
  </message>
  <message>
   <source>Attach files</source>
   <translation>Adjuntar archivos</translation>
  </message>
  <message>
   <source>Record a voice note, or end the recording</source>
   <translation>Grabar una nota de voz, o terminar la grabación</translation>
  </message>
  <message>
   <source>Lock</source>
   <translation>Bloquear</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>Salir</translation>
  </message>
  <message>
   <source>The first eight conversations</source>
   <translation>Las ocho primeras conversaciones</translation>
  </message>
  <message>
   <source>Send</source>
   <translation>Enviar</translation>
  </message>
  <message>
   <source>New line</source>
   <translation>Línea nueva</translation>
  </message>
  <message>
   <source>Send later</source>
   <translation>Enviar más tarde</translation>
  </message>
  <message>
   <source>Edit one's last message, where nothing is written</source>
   <translation>Editar tu último mensaje, si no hay nada escrito</translation>
  </message>
  <message>
   <source>Insert an emoji, where one writes</source>
   <translation>Insertar un emoji, donde se escribe</translation>
  </message>
  <message>
   <source>Mention somebody</source>
   <translation>Mencionar a alguien</translation>
  </message>
  <message>
   <source>Reply to the chosen message (or press it twice, or pull it aside)</source>
   <translation>Responder al mensaje elegido (o haz doble clic en él, o apártalo)</translation>
  </message>
  <message>
   <source>Edit the chosen message</source>
   <translation>Editar el mensaje elegido</translation>
  </message>
  <message>
   <source>React to the chosen message</source>
   <translation>Reaccionar al mensaje elegido</translation>
  </message>
  <message>
   <source>Look at the pictures of the chosen message</source>
   <translation>Ver las imágenes del mensaje elegido</translation>
  </message>
  <message>
   <source>Play the chosen voice note, or stop it</source>
   <translation>Escuchar la nota de voz elegida, o detenerla</translation>
  </message>
  <message>
   <source>Five seconds back or ahead in the chosen voice note</source>
   <translation>Cinco segundos atrás o adelante en la nota de voz elegida</translation>
  </message>
  <message>
   <source>Play voice notes at another speed</source>
   <translation>Escuchar las notas de voz a otra velocidad</translation>
  </message>
  <message>
   <source>Save the files of the chosen message</source>
   <translation>Guardar los archivos del mensaje elegido</translation>
  </message>
  <message>
   <source>Pin the chosen message, or unpin it</source>
   <translation>Fijar el mensaje elegido o dejar de fijarlo</translation>
  </message>
  <message>
   <source>Show or hide the spoilers of the chosen message</source>
   <translation>Mostrar u ocultar los spoilers del mensaje elegido</translation>
  </message>
  <message>
   <source>Copy the chosen message</source>
   <translation>Copiar el mensaje elegido</translation>
  </message>
  <message>
   <source>Delete the chosen message for oneself</source>
   <translation>Borrar el mensaje elegido para ti</translation>
  </message>
  <message>
   <source>What can be done with the chosen message</source>
   <translation>Qué se puede hacer con el mensaje elegido</translation>
  </message>
  <message>
   <source>Close what is in front, leave a reply or an edit</source>
   <translation>Cerrar lo que está delante, dejar una respuesta o una edición</translation>
  </message>
 </context>
 <context>
  <name>LinkBanner</name>
  <message>
   <source>The relay shows another certificate than before: its operator has changed it, or somebody is in between. Nothing is sent. Ask the operator for the new fingerprint, by another way than this one.</source>
   <translation>El servidor muestra otro certificado que antes: lo ha cambiado su operador, o hay alguien en medio. No se envía nada. Pide la huella nueva al operador, por otra vía que esta.</translation>
  </message>
  <message>
   <source>This account was opened in another program, which has the connection now.</source>
   <translation>Esta cuenta se abrió en otro programa, que tiene ahora la conexión.</translation>
  </message>
  <message>
   <source>The relay does not know this device any more: the account was started over on another device, or it is gone. If the relay was restored from a backup, quit Babilu and open it again first. What is here stays readable.</source>
   <translation>El servidor ya no conoce este dispositivo: la cuenta se empezó de nuevo en otro, o ya no existe. Si el servidor se restauró de una copia de seguridad, cierra Babilu y ábrelo otra vez primero. Lo que hay aquí se puede seguir leyendo.</translation>
  </message>
  <message>
   <source>This profile is an older copy of itself, and nothing is sent from it. Quit Babilu and open the profile again: it goes on as a new device, and nothing is lost.</source>
   <translation>Este perfil es una copia antigua de sí mismo, y no se envía nada desde él. Cierra Babilu y abre el perfil otra vez: seguirá como un dispositivo nuevo, y no se pierde nada.</translation>
  </message>
  <message>
   <source>Fingerprint of the new certificate</source>
   <translation>Huella del certificado nuevo</translation>
  </message>
  <message>
   <source>64 digits and letters, as the operator has told them</source>
   <translation>64 dígitos y letras, como las dio el operador</translation>
  </message>
  <message>
   <source>Connect by this one</source>
   <translation>Conectar con esta</translation>
  </message>
  <message>
   <source>Start over here…</source>
   <translation>Empezar de nuevo aquí…</translation>
  </message>
  <message>
   <source>Use it here</source>
   <translation>Usarla aquí</translation>
  </message>
  <message>
   <source>Try now</source>
   <translation>Probar ahora</translation>
  </message>
  <message>
   <source>A fingerprint has 64 digits and letters up to F.</source>
   <translation>Una huella tiene 64 dígitos y letras hasta la F.</translation>
  </message>
  <message>
   <source>The certificate that the relay shows has another fingerprint.</source>
   <translation>El certificado que muestra el servidor tiene otra huella.</translation>
  </message>
 </context>
 <context>
  <name>LinkDevice</name>
  <message>
   <source>A new device</source>
   <translation>Un dispositivo nuevo</translation>
  </message>
  <message numerus="yes">
   <source>%n try(s) before this one failed within an hour.</source>
   <translation>
    <numerusform>%n intento anterior fracasó en una hora.</numerusform>
    <numerusform>%n intentos anteriores fracasaron en una hora.</numerusform>
   </translation>
  </message>
  <message>
   <source>History for the new device</source>
   <translation>Historial para el dispositivo nuevo</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Not the same</source>
   <translation>No es el mismo</translation>
  </message>
  <message>
   <source>The same: let it in</source>
   <translation>Es el mismo: admitir</translation>
  </message>
  <message>
   <source>It becomes a full device, which can link and remove others.</source>
   <translation>Será un dispositivo completo, que puede vincular y quitar otros.</translation>
  </message>
  <message>
   <source>It becomes a companion, which can link and remove none.</source>
   <translation>Será un acompañante, que no puede vincular ni quitar ninguno.</translation>
  </message>
  <message>
   <source>Give it all history</source>
   <translation>Darle todo el historial</translation>
  </message>
  <message>
   <source>Give it the last 30 days</source>
   <translation>Darle los últimos 30 días</translation>
  </message>
  <message>
   <source>Give it no messages</source>
   <translation>No darle mensajes</translation>
  </message>
  <message>
   <source>Say yes on the new device, too.</source>
   <translation>Di que sí también en el dispositivo nuevo.</translation>
  </message>
  <message>
   <source>“{0}” wants to be one of your devices. Does it show this code? If you did not begin this, refuse.</source>
   <translation>«{0}» quiere ser uno de tus dispositivos. ¿Muestra este código? Si no lo has empezado tú, recházalo.</translation>
  </message>
  <message>
   <source>Fill in the password.</source>
   <translation>Escribe la contraseña.</translation>
  </message>
 </context>
 <context>
  <name>LinkHere</name>
  <message numerus="yes">
   <source>%n message(s) came from your other device.</source>
   <translation>
    <numerusform>%n mensaje ha venido de tu otro dispositivo.</numerusform>
    <numerusform>%n mensajes han venido de tu otro dispositivo.</numerusform>
   </translation>
  </message>
  <message>
   <source>Name or password is wrong.</source>
   <translation>El nombre o la contraseña no es correcto.</translation>
  </message>
  <message>
   <source>Link to your other device</source>
   <translation>Vincular con tu otro dispositivo</translation>
  </message>
  <message>
   <source>Port</source>
   <translation>Puerto</translation>
  </message>
  <message>
   <source>Your name</source>
   <translation>Tu nombre</translation>
  </message>
  <message>
   <source>As on your other device</source>
   <translation>Como en tu otro dispositivo</translation>
  </message>
  <message>
   <source>What this device is called</source>
   <translation>Cómo se llama este dispositivo</translation>
  </message>
  <message>
   <source>Others use this device, too: it can link and remove none</source>
   <translation>Otros también usan este dispositivo: no puede vincular ni quitar ninguno</translation>
  </message>
  <message>
   <source>In place of comparing, your other device may read this line or its QR code.</source>
   <translation>En lugar de comparar, tu otro dispositivo puede leer esta línea o su código QR.</translation>
  </message>
  <message>
   <source>The line of this device as a QR code</source>
   <translation>La línea de este dispositivo como código QR</translation>
  </message>
  <message>
   <source>Waiting</source>
   <translation>Esperando</translation>
  </message>
  <message>
   <source>Copied</source>
   <translation>Copiado</translation>
  </message>
  <message>
   <source>Copy the line</source>
   <translation>Copiar la línea</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Intentarlo de nuevo</translation>
  </message>
  <message>
   <source>Show the code</source>
   <translation>Mostrar el código</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>Más tarde</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <source>Your other device has ended the try: somebody said no there, another try is under way, or there were too many within an hour. Nothing was linked.</source>
   <translation>Tu otro dispositivo ha terminado el intento: alguien ha dicho que no, hay otro intento en curso, o ha habido demasiados en una hora. No se ha vinculado nada.</translation>
  </message>
  <message>
   <source>None of your devices has answered. Open Babilu on a full one, online, and try again.</source>
   <translation>Ninguno de tus dispositivos ha respondido. Abre Babilu en uno completo, en línea, e inténtalo de nuevo.</translation>
  </message>
  <message>
   <source>The ten minutes of this code are over. Try again: there will be another one.</source>
   <translation>Los diez minutos de este código han pasado. Inténtalo de nuevo: habrá otro.</translation>
  </message>
  <message>
   <source>Your other device has not let this one in yet. Open Babilu on both and try again: nothing is to be compared once more.</source>
   <translation>Tu otro dispositivo aún no ha admitido a este. Abre Babilu en los dos e inténtalo de nuevo: no hay que volver a comparar nada.</translation>
  </message>
  <message>
   <source>Relay</source>
   <translation>Servidor</translation>
  </message>
  <message>
   <source>No relay</source>
   <translation>Sin servidor</translation>
  </message>
  <message>
   <source>Address at which your other device listens</source>
   <translation>Dirección en la que escucha tu otro dispositivo</translation>
  </message>
  <message>
   <source>IP address</source>
   <translation>Dirección IP</translation>
  </message>
  <message>
   <source>The passphrase of your other device</source>
   <translation>La contraseña de tu otro dispositivo</translation>
  </message>
  <message>
   <source>Name or address</source>
   <translation>Nombre o dirección</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Open Babilu on a full device of yours. Both devices then show a code, and you say on both that it is the same.</source>
   <translation>Abre Babilu en uno de tus dispositivos completos. Los dos mostrarán un código, y dirás en ambos que es el mismo.</translation>
  </message>
  <message>
   <source>Deriving keys from your password, and connecting…</source>
   <translation>Derivando claves de tu contraseña y conectando…</translation>
  </message>
  <message>
   <source>Your other devices are asked. Is Babilu open on one of them?</source>
   <translation>Se pregunta a tus otros dispositivos. ¿Está Babilu abierto en alguno?</translation>
  </message>
  <message>
   <source>Does your other device show this code? If it is another one, cancel: somebody may be in between.</source>
   <translation>¿Muestra tu otro dispositivo este código? Si es otro, cancela: puede haber alguien en medio.</translation>
  </message>
  <message>
   <source>They are the same</source>
   <translation>Son iguales</translation>
  </message>
  <message>
   <source>You have said yes here. Say yes on your other device, too. If it says that you have too many devices, remove one there. You may close Babilu: this profile goes on when it is opened.</source>
   <translation>Aquí has dicho que sí. Dilo también en tu otro dispositivo. Si dice que tienes demasiados, quita uno allí. Puedes cerrar Babilu: este perfil sigue cuando se abra.</translation>
  </message>
  <message>
   <source>A name or an IP address.</source>
   <translation>Un nombre o una dirección IP.</translation>
  </message>
  <message>
   <source>A number up to 65535.</source>
   <translation>Un número hasta 65535.</translation>
  </message>
  <message>
   <source>The same as on your other device.</source>
   <translation>La misma que en tu otro dispositivo.</translation>
  </message>
  <message>
   <source>The name that you have on your other device.</source>
   <translation>El nombre que tienes en tu otro dispositivo.</translation>
  </message>
 </context>
 <context>
  <name>Lock</name>
  <message>
   <source>This is not your password.</source>
   <translation>Esta no es tu contraseña.</translation>
  </message>
  <message>
   <source>Babilu is locked</source>
   <translation>Babilu está bloqueado</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Unlock</source>
   <translation>Desbloquear</translation>
  </message>
 </context>
 <context>
  <name>Media</name>
  <message>
   <source>You</source>
   <translation>Tú</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Reintentar</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>Imágenes</translation>
  </message>
  <message>
   <source>Files</source>
   <translation>Archivos</translation>
  </message>
  <message>
   <source>Links</source>
   <translation>Enlaces</translation>
  </message>
  <message>
   <source>Voice</source>
   <translation>Voz</translation>
  </message>
  <message>
   <source>No pictures yet.</source>
   <translation>Aún no hay imágenes.</translation>
  </message>
  <message>
   <source>No files yet.</source>
   <translation>Aún no hay archivos.</translation>
  </message>
  <message>
   <source>No links yet.</source>
   <translation>Aún no hay enlaces.</translation>
  </message>
  <message>
   <source>No voice notes yet.</source>
   <translation>Aún no hay notas de voz.</translation>
  </message>
  <message>
   <source>Shared with {0}</source>
   <translation>Compartido con {0}</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Buscando…</translation>
  </message>
 </context>
 <context>
  <name>Members</name>
  <message>
   <source>Not verified: known since the first contact</source>
   <translation>Sin verificar: se conoce desde el primer contacto</translation>
  </message>
  <message>
   <source>Add people…</source>
   <translation>Añadir personas…</translation>
  </message>
  <message>
   <source>A few letters of a name</source>
   <translation>Unas letras de un nombre</translation>
  </message>
  <message>
   <source>Members</source>
   <translation>Miembros</translation>
  </message>
  <message>
   <source>Nobody of that name is in this group.</source>
   <translation>Nadie con ese nombre está en este grupo.</translation>
  </message>
  <message>
   <source>Member</source>
   <translation>Miembro</translation>
  </message>
  <message>
   <source>This is you</source>
   <translation>Eres tú</translation>
  </message>
  <message>
   <source>Not among your contacts</source>
   <translation>No está entre tus contactos</translation>
  </message>
  <message>
   <source>Verified</source>
   <translation>Verificado</translation>
  </message>
  <message>
   <source>The identity has changed</source>
   <translation>La identidad ha cambiado</translation>
  </message>
  <message>
   <source>{0} (you)</source>
   <translation>{0} (tú)</translation>
  </message>
  <message>
   <source>No longer in this group</source>
   <translation>Ya no está en este grupo</translation>
  </message>
 </context>
 <context>
  <name>MentionList</name>
  <message>
   <source>People to mention</source>
   <translation>Personas que mencionar</translation>
  </message>
 </context>
 <context>
  <name>Menu</name>
  <message>
   <source>Try again</source>
   <translation>Intentar de nuevo</translation>
  </message>
  <message>
   <source>Look at it</source>
   <translation>Verla</translation>
  </message>
  <message>
   <source>Play it, or stop it</source>
   <translation>Escucharla o detenerla</translation>
  </message>
  <message>
   <source>Fetch</source>
   <translation>Descargar</translation>
  </message>
  <message>
   <source>Copy the picture</source>
   <translation>Copiar la imagen</translation>
  </message>
  <message>
   <source>Save as…</source>
   <translation>Guardar como…</translation>
  </message>
  <message>
   <source>Open folder</source>
   <translation>Abrir la carpeta</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Pausar</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>Continuar</translation>
  </message>
  <message>
   <source>Try to move it again</source>
   <translation>Volver a intentarlo</translation>
  </message>
  <message>
   <source>Cancel the transfer</source>
   <translation>Cancelar la transferencia</translation>
  </message>
  <message>
   <source>For an hour</source>
   <translation>Durante una hora</translation>
  </message>
  <message>
   <source>For 8 hours</source>
   <translation>Durante 8 horas</translation>
  </message>
  <message>
   <source>For a week</source>
   <translation>Durante una semana</translation>
  </message>
  <message>
   <source>For good</source>
   <translation>Para siempre</translation>
  </message>
  <message>
   <source>Unpin</source>
   <translation>Dejar de fijar</translation>
  </message>
  <message>
   <source>Pin</source>
   <translation>Fijar</translation>
  </message>
  <message>
   <source>Archive</source>
   <translation>Archivar</translation>
  </message>
  <message>
   <source>Take out of the archive</source>
   <translation>Sacar del archivo</translation>
  </message>
  <message>
   <source>Pictures, voice, files and links</source>
   <translation>Imágenes, voz, archivos y enlaces</translation>
  </message>
  <message>
   <source>Export this conversation…</source>
   <translation>Exportar esta conversación…</translation>
  </message>
  <message>
   <source>Clear here…</source>
   <translation>Vaciar aquí…</translation>
  </message>
  <message>
   <source>Delete here…</source>
   <translation>Borrar aquí…</translation>
  </message>
  <message>
   <source>Unmute</source>
   <translation>Dejar de silenciar</translation>
  </message>
  <message>
   <source>Mute</source>
   <translation>Silenciar</translation>
  </message>
  <message>
   <source>Mark as read</source>
   <translation>Marcar como leído</translation>
  </message>
  <message>
   <source>Mark as unread</source>
   <translation>Marcar como no leída</translation>
  </message>
  <message>
   <source>About this contact</source>
   <translation>Sobre este contacto</translation>
  </message>
  <message>
   <source>Rename…</source>
   <translation>Cambiar el nombre…</translation>
  </message>
  <message>
   <source>Messages disappear…</source>
   <translation>Los mensajes desaparecen…</translation>
  </message>
  <message>
   <source>About this group</source>
   <translation>Acerca de este grupo</translation>
  </message>
  <message>
   <source>Leave the group…</source>
   <translation>Salir del grupo…</translation>
  </message>
  <message>
   <source>Unmute (silent until {0})</source>
   <translation>Activar avisos (en silencio hasta {0})</translation>
  </message>
  <message>
   <source>Look at the pictures</source>
   <translation>Ver las imágenes</translation>
  </message>
  <message>
   <source>Save files…</source>
   <translation>Guardar archivos…</translation>
  </message>
  <message>
   <source>Reply</source>
   <translation>Responder</translation>
  </message>
  <message>
   <source>React…</source>
   <translation>Reaccionar…</translation>
  </message>
  <message>
   <source>Who reacted…</source>
   <translation>Quién reaccionó…</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>Editar</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>Copiar</translation>
  </message>
  <message>
   <source>Copy the code</source>
   <translation>Copiar el código</translation>
  </message>
  <message>
   <source>Show or hide the spoiler</source>
   <translation>Mostrar u ocultar el spoiler</translation>
  </message>
  <message>
   <source>Select text…</source>
   <translation>Seleccionar texto…</translation>
  </message>
  <message>
   <source>Open link…</source>
   <translation>Abrir enlace…</translation>
  </message>
  <message>
   <source>Forward…</source>
   <translation>Reenviar…</translation>
  </message>
  <message>
   <source>Pin for all</source>
   <translation>Fijar para todos</translation>
  </message>
  <message>
   <source>Unpin for all</source>
   <translation>Dejar de fijar para todos</translation>
  </message>
  <message>
   <source>Wordings…</source>
   <translation>Versiones…</translation>
  </message>
  <message>
   <source>About this message</source>
   <translation>Sobre este mensaje</translation>
  </message>
  <message>
   <source>Delete for me…</source>
   <translation>Borrar para mí…</translation>
  </message>
  <message>
   <source>Delete for all…</source>
   <translation>Borrar para todos…</translation>
  </message>
  <message>
   <source>Remove for all…</source>
   <translation>Quitar para todos…</translation>
  </message>
  <message>
   <source>React</source>
   <translation>Reaccionar</translation>
  </message>
  <message>
   <source>Another emoji…</source>
   <translation>Otro emoji…</translation>
  </message>
 </context>
 <context>
  <name>Message</name>
  <message>
   <source>the rest could not be fetched</source>
   <translation>no se pudo traer el resto</translation>
  </message>
  <message>
   <source>You deleted this message</source>
   <translation>Has borrado este mensaje</translation>
  </message>
  <message>
   <source>As quoted by you</source>
   <translation>Según tu cita</translation>
  </message>
  <message>
   <source>This message is gone</source>
   <translation>Este mensaje ya no está</translation>
  </message>
  <message>
   <source>You</source>
   <translation>Tú</translation>
  </message>
  <message>
   <source>the rest comes once you accept</source>
   <translation>el resto llega cuando aceptes</translation>
  </message>
  <message>
   <source>the rest is on its way</source>
   <translation>el resto está en camino</translation>
  </message>
  <message>
   <source>the rest could not be given to the relay</source>
   <translation>no se pudo entregar el resto al servidor</translation>
  </message>
  <message>
   <source>The key of {0} changed on {1}.</source>
   <translation>La clave de {0} cambió el {1}.</translation>
  </message>
  <message>
   <source>{0} deleted this message</source>
   <translation>{0} ha borrado este mensaje</translation>
  </message>
  <message>
   <source>As quoted by {0}</source>
   <translation>Según la cita de {0}</translation>
  </message>
  <message>
   <source>came late</source>
   <translation>llegó tarde</translation>
  </message>
  <message>
   <source>pinned</source>
   <translation>fijado</translation>
  </message>
  <message>
   <source>disappears</source>
   <translation>desaparece</translation>
  </message>
  <message>
   <source>Forwarded</source>
   <translation>Reenviado</translation>
  </message>
  <message>
   <source>Imported from {0}</source>
   <translation>Importado de {0}</translation>
  </message>
  <message>
   <source>{0}, in reply to {1}: {2}</source>
   <translation>{0}, en respuesta a {1}: {2}</translation>
  </message>
  <message>
   <source>{0} d</source>
   <translation>{0} d</translation>
  </message>
  <message numerus="yes">
   <source>and %n more</source>
   <translation>
    <numerusform>y %n más</numerusform>
    <numerusform>y %n más</numerusform>
   </translation>
  </message>
  <message>
   <source>waiting to be sent</source>
   <translation>a la espera de enviarse</translation>
  </message>
  <message>
   <source>held by the relay</source>
   <translation>guardado en el servidor</translation>
  </message>
  <message>
   <source>delivered</source>
   <translation>entregado</translation>
  </message>
  <message>
   <source>read</source>
   <translation>leído</translation>
  </message>
  <message>
   <source>not sent</source>
   <translation>no enviado</translation>
  </message>
  <message>
   <source>It came late: press its time to see where it belongs.</source>
   <translation>Llegó tarde: pulsa su hora para ver dónde va.</translation>
  </message>
  <message numerus="yes">
   <source>%n message(s) of {0} are missing here.</source>
   <translation>
    <numerusform>Aquí falta %n mensaje de {0}.</numerusform>
    <numerusform>Aquí faltan %n mensajes de {0}.</numerusform>
   </translation>
  </message>
  <message>
   <source>Your devices changed on {0}. If that was not you, change your password and remove the device that you do not know.</source>
   <translation>Tus dispositivos cambiaron el {0}. Si no fuiste tú, cambia tu contraseña y quita el dispositivo que no conoces.</translation>
  </message>
  <message>
   <source>The devices of {0} changed on {1}.</source>
   <translation>Los dispositivos de {0} cambiaron el {1}.</translation>
  </message>
  <message>
   <source>{0}, forwarded</source>
   <translation>{0}, reenviado</translation>
  </message>
  <message>
   <source>{0}, shared by {1}</source>
   <translation>{0}, compartido por {1}</translation>
  </message>
  <message>
   <source>{0}, in reply to a message that is gone: {1}</source>
   <translation>{0}, en respuesta a un mensaje que ya no está: {1}</translation>
  </message>
  <message>
   <source>{0}, in reply to a message that is not here: {1}</source>
   <translation>{0}, en respuesta a un mensaje que no está aquí: {1}</translation>
  </message>
  <message>
   <source>{0}, in reply to you: {1}</source>
   <translation>{0}, en respuesta a ti: {1}</translation>
  </message>
  <message>
   <source>edited</source>
   <translation>editado</translation>
  </message>
  <message>
   <source>from a removed device</source>
   <translation>de un dispositivo retirado</translation>
  </message>
  <message>
   <source>needs a newer Babilu</source>
   <translation>necesita un Babilu más nuevo</translation>
  </message>
  <message>
   <source>{0} s</source>
   <translation>{0} s</translation>
  </message>
  <message>
   <source>{0} min</source>
   <translation>{0} min</translation>
  </message>
  <message>
   <source>{0} h</source>
   <translation>{0} h</translation>
  </message>
  <message>
   <source>Your devices changed on {0}: {1}. If that was not you, change your password and remove the device that you do not know.</source>
   <translation>Tus dispositivos cambiaron el {0}: {1}. Si no fuiste tú, cambia tu contraseña y quita el dispositivo que no conozcas.</translation>
  </message>
  <message>
   <source>Shared by {0}</source>
   <translation>Compartido por {0}</translation>
  </message>
  <message>
   <source>edited {0}</source>
   <translation>editado el {0}</translation>
  </message>
  <message>
   <source>disappears here in {0}</source>
   <translation>desaparece aquí en {0}</translation>
  </message>
  <message>
   <source>held by the relay until {0}</source>
   <translation>guardado en el servidor hasta {0}</translation>
  </message>
  <message>
   <source>disappears {0} after it was shown</source>
   <translation>desaparece {0} después de mostrarse</translation>
  </message>
  <message>
   <source>Show all of it</source>
   <translation>Mostrarlo entero</translation>
  </message>
  <message>
   <source>Not sent · Try again</source>
   <translation>No enviado · Reintentar</translation>
  </message>
  <message>
   <source>late · {0}</source>
   <translation>tarde · {0}</translation>
  </message>
  <message>
   <source>Unread messages</source>
   <translation>Mensajes sin leer</translation>
  </message>
 </context>
 <context>
  <name>MessageInfo</name>
  <message>
   <source>direct</source>
   <translation>directa</translation>
  </message>
  <message>
   <source>through the relay</source>
   <translation>a través del servidor</translation>
  </message>
  <message>
   <source>About this message</source>
   <translation>Sobre este mensaje</translation>
  </message>
  <message>
   <source>You</source>
   <translation>Tú</translation>
  </message>
  <message numerus="yes">
   <source>%n device(s) without this message</source>
   <translation>
    <numerusform>%n dispositivo sin este mensaje</numerusform>
    <numerusform>%n dispositivos sin este mensaje</numerusform>
   </translation>
  </message>
  <message>
   <source>From</source>
   <translation>De</translation>
  </message>
  <message>
   <source>Written</source>
   <translation>Escrito</translation>
  </message>
  <message>
   <source>Delivered</source>
   <translation>Entregado</translation>
  </message>
  <message>
   <source>Read</source>
   <translation>Leído</translation>
  </message>
  <message>
   <source>deleted</source>
   <translation>borrado</translation>
  </message>
  <message>
   <source>Edited</source>
   <translation>Editado</translation>
  </message>
  <message>
   <source>Disappears</source>
   <translation>Desaparece</translation>
  </message>
  <message>
   <source>Arrived</source>
   <translation>Llegado</translation>
  </message>
  <message>
   <source>Way</source>
   <translation>Vía</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Estado</translation>
  </message>
  <message>
   <source>Reason</source>
   <translation>Motivo</translation>
  </message>
  <message>
   <source>deletion not confirmed yet</source>
   <translation>borrado aún sin confirmar</translation>
  </message>
  <message>
   <source>Cannot be fetched by</source>
   <translation>No los pueden obtener</translation>
  </message>
  <message>
   <source>{0} after it was shown</source>
   <translation>{0} después de mostrarse</translation>
  </message>
  <message>
   <source>{0}, until {1}</source>
   <translation>{0}, hasta {1}</translation>
  </message>
  <message>
   <source>Device {0}</source>
   <translation>Dispositivo {0}</translation>
  </message>
 </context>
 <context>
  <name>MessageView</name>
  <message>
   <source>Show the hidden text</source>
   <translation>Mostrar el texto oculto</translation>
  </message>
  <message>
   <source>Messages</source>
   <translation>Mensajes</translation>
  </message>
 </context>
 <context>
  <name>Navigator</name>
  <message>
   <source>Leave</source>
   <translation>Salir</translation>
  </message>
  <message>
   <source>Step down</source>
   <translation>Dejar el cargo</translation>
  </message>
  <message>
   <source>Nothing that is written from now on reaches them. They keep what they have, and everybody sees that you removed them.</source>
   <translation>No le llega nada de lo que se escriba desde ahora. Conserva lo que tiene, y todo el grupo ve que le sacaste tú.</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <source>Leave {0}?</source>
   <translation>¿Salir de {0}?</translation>
  </message>
  <message>
   <source>Step down in {0}?</source>
   <translation>¿Dejar el cargo en {0}?</translation>
  </message>
  <message>
   <source>Remove {0} from {1}?</source>
   <translation>¿Sacar a {0} de {1}?</translation>
  </message>
  <message>
   <source>What you wrote in the meantime is encrypted for the new identity and sent. Compare the safety number first, unless you know why it changed.</source>
   <translation>Lo que has escrito entretanto se cifra para la identidad nueva y se envía. Compara antes el número de seguridad, salvo que sepas por qué cambió.</translation>
  </message>
  <message>
   <source>Go to</source>
   <translation>Ir a</translation>
  </message>
  <message>
   <source>You had verified this person: this is unusual.</source>
   <translation>Habías verificado a esta persona: esto no es habitual.</translation>
  </message>
  <message>
   <source>Nobody can use it any more. Accounts that were made with it stay.</source>
   <translation>Ya nadie podrá usarla. Las cuentas que se crearon con ella se quedan.</translation>
  </message>
  <message>
   <source>Revoke</source>
   <translation>Revocar</translation>
  </message>
  <message>
   <source>Leave this profile?</source>
   <translation>¿Salir de este perfil?</translation>
  </message>
  <message>
   <source>Babilu closes it and shows the profiles of this device. It stays on this device, and opens again with its password; until then nothing arrives here.</source>
   <translation>Babilu lo cierra y muestra los perfiles de este dispositivo. Se queda en este dispositivo y se vuelve a abrir con su contraseña; hasta entonces no llega nada aquí.</translation>
  </message>
  <message>
   <source>What they send is dropped. They are told nothing.</source>
   <translation>Lo que envíe se descarta. No se le avisa.</translation>
  </message>
  <message>
   <source>Block</source>
   <translation>Bloquear</translation>
  </message>
  <message>
   <source>Approve</source>
   <translation>Aprobar</translation>
  </message>
  <message>
   <source>Open a link?</source>
   <translation>¿Abrir un enlace?</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>Abrir en el navegador</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>Borrar</translation>
  </message>
  <message>
   <source>They are deleted on this device. They stay with everybody else who has them.</source>
   <translation>Se borran en este dispositivo. Los demás que los tengan los conservan.</translation>
  </message>
  <message>
   <source>Its messages are deleted on this device, and it leaves the list until something is written in it again. They stay with everybody else who has them.</source>
   <translation>Sus mensajes se borran en este dispositivo y sale de la lista hasta que se vuelva a escribir en ella. Los demás que los tengan los conservan.</translation>
  </message>
  <message>
   <source>Delete this message for you?</source>
   <translation>¿Borrar este mensaje para ti?</translation>
  </message>
  <message>
   <source>It stays with everybody else who has it.</source>
   <translation>Los demás que lo tienen lo conservan.</translation>
  </message>
  <message>
   <source>Delete this message for all?</source>
   <translation>¿Borrar este mensaje para todos?</translation>
  </message>
  <message>
   <source>Everybody's Babilu is asked to delete it, and a line stays in its place. Somebody may have seen, copied or kept it already, and a device that is offline deletes it when it is back.</source>
   <translation>Se pide al Babilu de cada uno que lo borre, y en su lugar queda una línea. Puede que alguien ya lo haya visto, copiado o guardado, y un dispositivo sin conexión lo borra cuando vuelve.</translation>
  </message>
  <message>
   <source>Delete for all</source>
   <translation>Borrar para todos</translation>
  </message>
  <message>
   <source>Nobody in the group is shown it any more, and a line in its place says that you removed it. Somebody may have seen, copied or kept it already.</source>
   <translation>Ya no se muestra a nadie del grupo, y una línea en su lugar dice que lo quitaste tú. Alguien puede haberlo visto, copiado o guardado ya.</translation>
  </message>
  <message>
   <source>Remove for all</source>
   <translation>Quitar para todos</translation>
  </message>
  <message>
   <source>Revoke invitation {0}?</source>
   <translation>¿Revocar la invitación {0}?</translation>
  </message>
  <message>
   <source>Block {0}?</source>
   <translation>¿Bloquear a {0}?</translation>
  </message>
  <message>
   <source>Approve the new identity of {0}?</source>
   <translation>¿Aprobar la nueva identidad de {0}?</translation>
  </message>
  <message>
   <source>It leads to this host:</source>
   <translation>Lleva a este equipo:</translation>
  </message>
  <message>
   <source>Remove this message of {0} for all?</source>
   <translation>¿Quitar para todos este mensaje de {0}?</translation>
  </message>
  <message>
   <source>Delete all messages in {0} here?</source>
   <translation>¿Borrar aquí todos los mensajes de {0}?</translation>
  </message>
  <message>
   <source>Delete all messages with {0} here?</source>
   <translation>¿Borrar aquí todos los mensajes con {0}?</translation>
  </message>
  <message>
   <source>Delete the conversation of {0} here?</source>
   <translation>¿Borrar aquí la conversación de {0}?</translation>
  </message>
  <message>
   <source>Delete the conversation with {0} here?</source>
   <translation>¿Borrar aquí la conversación con {0}?</translation>
  </message>
 </context>
 <context>
  <name>NewPassword</name>
  <message>
   <source>Fill this in: it protects what is kept on this device.</source>
   <translation>Rellena esto: protege lo que se guarda en este dispositivo.</translation>
  </message>
  <message>
   <source>Weak: guessed in moments</source>
   <translation>Débil: se adivina en un momento</translation>
  </message>
  <message>
   <source>Fair: one more word makes it better</source>
   <translation>Aceptable: una palabra más la mejora</translation>
  </message>
  <message>
   <source>Good</source>
   <translation>Buena</translation>
  </message>
  <message>
   <source>Strong</source>
   <translation>Fuerte</translation>
  </message>
  <message>
   <source>This is guessed in moments. Take several words that do not belong together.</source>
   <translation>Esto se adivina en un momento. Usa varias palabras que no vayan juntas.</translation>
  </message>
  <message>
   <source>The two are not the same.</source>
   <translation>No son iguales.</translation>
  </message>
 </context>
 <context>
  <name>Newcomers</name>
  <message>
   <source>For newcomers</source>
   <translation>Para quien llega</translation>
  </message>
  <message>
   <source>Whoever you let in gets this from your device, and sees that it was you. Others who let people in decide for themselves.</source>
   <translation>Quien dejas entrar lo recibe de tu dispositivo, y ve que fuiste tú. Los demás que dejan entrar a alguien deciden por su cuenta.</translation>
  </message>
  <message>
   <source>Save</source>
   <translation>Guardar</translation>
  </message>
  <message>
   <source>Newcomers are given</source>
   <translation>Quien llega recibe</translation>
  </message>
  <message>
   <source>How old these may be</source>
   <translation>De cuánto tiempo atrás</translation>
  </message>
 </context>
 <context>
  <name>Notification</name>
  <message>
   <source>Somebody asks for a conversation</source>
   <translation>Alguien pide una conversación</translation>
  </message>
  <message>
   <source>New message</source>
   <translation>Mensaje nuevo</translation>
  </message>
  <message>
   <source>A group waits for your decision</source>
   <translation>Un grupo espera tu decisión</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>Abrir</translation>
  </message>
 </context>
 <context>
  <name>Overview</name>
  <message numerus="yes">
   <source>It is tried again in %n second(s).</source>
   <translation>
    <numerusform>Se reintenta en %n segundo.</numerusform>
    <numerusform>Se reintenta en %n segundos.</numerusform>
   </translation>
  </message>
  <message>
   <source>Direct · not listening</source>
   <translation>Directo · sin escuchar</translation>
  </message>
  <message>
   <source>Offline</source>
   <translation>Sin conexión</translation>
  </message>
  <message numerus="yes">
   <source>Direct · %n connected</source>
   <translation>
    <numerusform>Directo · %n conectado</numerusform>
    <numerusform>Directo · %n conectados</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n waiting</source>
   <translation>
    <numerusform>%n en espera</numerusform>
    <numerusform>%n en espera</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n direct</source>
   <translation>
    <numerusform>%n directo</numerusform>
    <numerusform>%n directos</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n call(s) under way</source>
   <translation>
    <numerusform>%n llamada en curso</numerusform>
    <numerusform>%n llamadas en curso</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>next try in %n s</source>
   <translation>
    <numerusform>se prueba en %n s</numerusform>
    <numerusform>se prueba en %n s</numerusform>
   </translation>
  </message>
  <message>
   <source>The call to {0} has ended. {1}</source>
   <translation>La llamada a {0} ha terminado. {1}</translation>
  </message>
  <message>
   <source>Offline: {0}</source>
   <translation>Sin conexión: {0}</translation>
  </message>
  <message>
   <source>trying again…</source>
   <translation>probando otra vez…</translation>
  </message>
  <message>
   <source>Direct · listening at {0}</source>
   <translation>Directo · escuchando en {0}</translation>
  </message>
  <message>
   <source>Calling {0}…</source>
   <translation>Llamando a {0}…</translation>
  </message>
  <message>
   <source>Calling {0}: somebody listens there and has not answered yet. One half of the safety number that they see is {1}.</source>
   <translation>Llamando a {0}: alguien escucha y aún no ha respondido. La mitad del número de seguridad que ve es {1}.</translation>
  </message>
  <message>
   <source>No answer from {0}.</source>
   <translation>{0} no responde.</translation>
  </message>
  <message>
   <source>Connected to {0} at {1}</source>
   <translation>Conectado a {0} en {1}</translation>
  </message>
  <message>
   <source>Connected to {0}</source>
   <translation>Conectado a {0}</translation>
  </message>
  <message>
   <source>Connecting to {0}…</source>
   <translation>Conectando a {0}…</translation>
  </message>
 </context>
 <context>
  <name>OwnLink</name>
  <message>
   <source>Add me</source>
   <translation>Añádeme</translation>
  </message>
  <message>
   <source>Whoever opens this link in Babilu, or scans its code, adds you and nobody else.</source>
   <translation>Quien abra este enlace en Babilu, o escanee su código, te añade a ti y a nadie más.</translation>
  </message>
  <message>
   <source>Your link as a QR code</source>
   <translation>Tu enlace como código QR</translation>
  </message>
  <message>
   <source>Copied</source>
   <translation>Copiado</translation>
  </message>
  <message>
   <source>Copy the link</source>
   <translation>Copiar el enlace</translation>
  </message>
  <message>
   <source>Somebody else's link</source>
   <translation>El enlace de otra persona</translation>
  </message>
  <message>
   <source>Add</source>
   <translation>Añadir</translation>
  </message>
 </context>
 <context>
  <name>Picker</name>
  <message>
   <source>A few letters of a name</source>
   <translation>Unas letras de un nombre</translation>
  </message>
  <message>
   <source>Nobody here to choose.</source>
   <translation>No hay nadie que elegir.</translation>
  </message>
  <message>
   <source>Nobody of that name.</source>
   <translation>Nadie con ese nombre.</translation>
  </message>
  <message>
   <source>Names</source>
   <translation>Nombres</translation>
  </message>
  <message>
   <source>{0}, by this name at the relay</source>
   <translation>{0}, con este nombre en el servidor</translation>
  </message>
 </context>
 <context>
  <name>Picture</name>
  <message>
   <source>Previous picture</source>
   <translation>Imagen anterior</translation>
  </message>
  <message>
   <source>Next picture</source>
   <translation>Imagen siguiente</translation>
  </message>
  <message>
   <source>Smaller</source>
   <translation>Más pequeña</translation>
  </message>
  <message>
   <source>Larger</source>
   <translation>Más grande</translation>
  </message>
  <message>
   <source>All of it</source>
   <translation>Entera</translation>
  </message>
  <message>
   <source>Its own size</source>
   <translation>Su tamaño real</translation>
  </message>
  <message>
   <source>Plus and minus zoom, the arrows move it, Page Up and Page Down lead to others.</source>
   <translation>Más y menos cambian el tamaño, las flechas la mueven, Re Pág y Av Pág llevan a otras.</translation>
  </message>
  <message>
   <source>This picture is gone.</source>
   <translation>Esta imagen ya no está.</translation>
  </message>
  <message>
   <source>Opening…</source>
   <translation>Abriendo…</translation>
  </message>
  <message>
   <source>There is no other picture.</source>
   <translation>No hay ninguna otra imagen.</translation>
  </message>
  <message>
   <source>It can be saved all the same.</source>
   <translation>Se puede guardar de todos modos.</translation>
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation>{0} de {1}</translation>
  </message>
  <message>
   <source>Not moved</source>
   <translation>Sin transferir</translation>
  </message>
  <message>
   <source>Cannot be shown</source>
   <translation>No se puede mostrar</translation>
  </message>
  <message>
   <source>The picture is copied.</source>
   <translation>La imagen está copiada.</translation>
  </message>
 </context>
 <context>
  <name>PinsBar</name>
  <message>
   <source>Pinned message</source>
   <translation>Mensaje fijado</translation>
  </message>
  <message>
   <source>Unpin for all</source>
   <translation>Dejar de fijar para todos</translation>
  </message>
  <message>
   <source>Pinned message {0} of {1}</source>
   <translation>Mensaje fijado {0} de {1}</translation>
  </message>
 </context>
 <context>
  <name>Question</name>
  <message>
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
 </context>
 <context>
  <name>Reactions</name>
  <message>
   <source>Who reacted</source>
   <translation>Quién reaccionó</translation>
  </message>
  <message>
   <source>React otherwise…</source>
   <translation>Reaccionar de otra forma…</translation>
  </message>
  <message>
   <source>Take back</source>
   <translation>Retirar</translation>
  </message>
  <message>
   <source>React so, too</source>
   <translation>Reaccionar así también</translation>
  </message>
 </context>
 <context>
  <name>Reading</name>
  <message>
   <source>Whole message</source>
   <translation>Mensaje entero</translation>
  </message>
 </context>
 <context>
  <name>Receipts</name>
  <message>
   <source>Tell that I have read</source>
   <translation>Decir que he leído</translation>
  </message>
  <message>
   <source>Tell that I am typing</source>
   <translation>Decir que estoy escribiendo</translation>
  </message>
  <message>
   <source>Tell that I am online</source>
   <translation>Decir que estoy en línea</translation>
  </message>
  <message>
   <source>On</source>
   <translation>Sí</translation>
  </message>
  <message>
   <source>Off</source>
   <translation>No</translation>
  </message>
  <message>
   <source>As everywhere: {0}</source>
   <translation>Como en todas partes: {0}</translation>
  </message>
 </context>
 <context>
  <name>Removed</name>
  <message>
   <source>Delete everything here?</source>
   <translation>¿Borrar todo aquí?</translation>
  </message>
  <message>
   <source>Messages, files, contacts and keys of this profile are deleted from this device. Your other devices keep theirs. This cannot be undone.</source>
   <translation>Los mensajes, archivos, contactos y claves de este perfil se borran de este dispositivo. Tus otros dispositivos conservan los suyos. No se puede deshacer.</translation>
  </message>
  <message>
   <source>Delete everything</source>
   <translation>Borrar todo</translation>
  </message>
  <message>
   <source>This device was removed from your devices</source>
   <translation>Este dispositivo se ha quitado de tus dispositivos</translation>
  </message>
  <message>
   <source>It sends and receives nothing any more. Messages from before are still here, and are read only with the password. If it was not you who removed it, change your password on another device.</source>
   <translation>Ya no envía ni recibe nada. Los mensajes de antes siguen aquí, y solo se leen con la contraseña. Si no lo has quitado tú, cambia tu contraseña en otro dispositivo.</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Delete everything here, and link anew…</source>
   <translation>Borrar todo aquí y vincular de nuevo…</translation>
  </message>
  <message>
   <source>Delete everything here…</source>
   <translation>Borrar todo aquí…</translation>
  </message>
  <message>
   <source>Read what is here</source>
   <translation>Leer lo que hay aquí</translation>
  </message>
  <message>
   <source>This is not the password of this profile.</source>
   <translation>Esta no es la contraseña de este perfil.</translation>
  </message>
  <message>
   <source>Fill in the password.</source>
   <translation>Escribe la contraseña.</translation>
  </message>
 </context>
 <context>
  <name>Rename</name>
  <message>
   <source>Only you see this name; nobody is told.</source>
   <translation>Solo tú ves este nombre; no se le dice a nadie.</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <source>Rename</source>
   <translation>Cambiar el nombre</translation>
  </message>
  <message>
   <source>Rename {0}</source>
   <translation>Cambiar el nombre de {0}</translation>
  </message>
 </context>
 <context>
  <name>Request</name>
  <message>
   <source>Accept</source>
   <translation>Aceptar</translation>
  </message>
  <message>
   <source>Decline</source>
   <translation>Rechazar</translation>
  </message>
  <message>
   <source>Anybody can choose any name. Ask them by another way which thirty digits they see while they wait: those are one half of this safety number. Until you accept they learn nothing of you; a decline is not told to them.</source>
   <translation>Cualquiera puede elegir cualquier nombre. Pregúntale por otra vía qué treinta cifras ve mientras espera: son una mitad de este número de seguridad. Hasta que aceptes no sabe nada de ti; un rechazo no se le comunica.</translation>
  </message>
  <message>
   <source>Safety number</source>
   <translation>Número de seguridad</translation>
  </message>
  <message>
   <source>{0} asks for a conversation</source>
   <translation>{0} pide una conversación</translation>
  </message>
 </context>
 <context>
  <name>Restore</name>
  <message>
   <source>Bring back what can be read</source>
   <translation>Recuperar lo que se pueda leer</translation>
  </message>
  <message>
   <source>Bring a backup back</source>
   <translation>Recuperar una copia</translation>
  </message>
  <message>
   <source>You return as one more device of yours: your contacts see no alarm, and a device that still runs goes on beside this one.</source>
   <translation>Vuelves como un dispositivo tuyo más: tus contactos no ven ninguna alarma, y un dispositivo que siga funcionando continúa junto a este.</translation>
  </message>
  <message>
   <source>Choose the backup…</source>
   <translation>Elegir la copia…</translation>
  </message>
  <message>
   <source>The backup</source>
   <translation>La copia</translation>
  </message>
  <message>
   <source>The words of its recovery code</source>
   <translation>Las palabras de su código de recuperación</translation>
  </message>
  <message>
   <source>The password you had when the backup was made</source>
   <translation>La contraseña que tenías cuando se hizo la copia</translation>
  </message>
  <message>
   <source>Which device does this one replace?</source>
   <translation>¿A qué dispositivo reemplaza este?</translation>
  </message>
  <message>
   <source>Restore</source>
   <translation>Recuperar</translation>
  </message>
  <message>
   <source>Without a name</source>
   <translation>Sin nombre</translation>
  </message>
  <message>
   <source>This is needed.</source>
   <translation>Esto hace falta.</translation>
  </message>
 </context>
 <context>
  <name>Safety</name>
  <message>
   <source>Open a picture of the code</source>
   <translation>Abrir una imagen del código</translation>
  </message>
  <message>
   <source>When both of you see the same sixty digits, nobody is in between. Compare them by another way: face to face, or on the telephone.</source>
   <translation>Si los dos veis las mismas sesenta cifras, no hay nadie en medio. Comparadlas por otra vía: en persona o por teléfono.</translation>
  </message>
  <message>
   <source>Digits to compare</source>
   <translation>Cifras para comparar</translation>
  </message>
  <message>
   <source>Open a picture…</source>
   <translation>Abrir una imagen…</translation>
  </message>
  <message>
   <source>Reject the new one</source>
   <translation>Rechazar la nueva</translation>
  </message>
  <message>
   <source>Approve the new one</source>
   <translation>Aprobar la nueva</translation>
  </message>
  <message>
   <source>Copy the digits</source>
   <translation>Copiar las cifras</translation>
  </message>
  <message>
   <source>The safety number as a QR code</source>
   <translation>El número de seguridad como código QR</translation>
  </message>
  <message>
   <source>Verified</source>
   <translation>Verificado</translation>
  </message>
  <message>
   <source>As you know them</source>
   <translation>Como lo conoces</translation>
  </message>
  <message>
   <source>Not verified yet</source>
   <translation>Aún sin verificar</translation>
  </message>
  <message>
   <source>Take the verification back</source>
   <translation>Retirar la verificación</translation>
  </message>
  <message>
   <source>They are the same: mark as verified</source>
   <translation>Son iguales: marcar como verificado</translation>
  </message>
  <message>
   <source>The same. Nobody is in between.</source>
   <translation>Son iguales. No hay nadie en medio.</translation>
  </message>
  <message>
   <source>The number of the key that you know: the new one is somebody else's.</source>
   <translation>El número de la clave que conoces: la nueva es de otra persona.</translation>
  </message>
  <message>
   <source>The number of the new key: it is theirs.</source>
   <translation>El número de la clave nueva: es suya.</translation>
  </message>
  <message>
   <source>Not the same. Somebody may be in between: do not mark it as verified.</source>
   <translation>No son iguales. Puede haber alguien en medio: no lo marques como verificado.</translation>
  </message>
  <message>
   <source>Sixty digits are needed.</source>
   <translation>Hacen falta sesenta cifras.</translation>
  </message>
  <message>
   <source>This is your own code. Open a picture of the one on the other screen.</source>
   <translation>Este es tu propio código. Abre una imagen del de la otra pantalla.</translation>
  </message>
  <message>
   <source>These digits were copied from this window: that compares nothing. Get them from {0}.</source>
   <translation>Estos dígitos se copiaron de esta misma ventana: eso no compara nada. Pídeselos a {0}.</translation>
  </message>
  <message>
   <source>This code is not a safety number.</source>
   <translation>Este código no es un número de seguridad.</translation>
  </message>
  <message>
   <source>This file is no PNG, JPEG or WebP picture that can be read.</source>
   <translation>Este archivo no es una imagen PNG, JPEG o WebP legible.</translation>
  </message>
  <message>
   <source>There is no code to be seen in this picture.</source>
   <translation>En esta imagen no se ve ningún código.</translation>
  </message>
  <message>
   <source>Safety number with {0}</source>
   <translation>Número de seguridad con {0}</translation>
  </message>
  <message>
   <source>Paste the digits that {0} sees</source>
   <translation>Pega las cifras que ve {0}</translation>
  </message>
  <message>
   <source>{0} is said to have a new key. Its number is this one. Approve it only where {0} sees the same; where they see the number above, somebody else has the new key: reject it.</source>
   <translation>Dicen que {0} tiene una clave nueva. Su número es este. Apruébala solo si {0} ve el mismo; si ve el número de arriba, la clave nueva es de otra persona: recházala.</translation>
  </message>
 </context>
 <context>
  <name>Schedule</name>
  <message>
   <source>Send later</source>
   <translation>Enviar más tarde</translation>
  </message>
  <message>
   <source>This device sends it. If Babilu is closed then, it is sent at the next start, and after a day you are asked.</source>
   <translation>Lo envía este dispositivo. Si Babilu está cerrado a esa hora, se envía en el próximo inicio, y pasado un día se te pregunta.</translation>
  </message>
  <message>
   <source>Send then</source>
   <translation>Enviar a esa hora</translation>
  </message>
  <message>
   <source>Day</source>
   <translation>Día</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>Hora</translation>
  </message>
  <message>
   <source>Choose a time within the next year.</source>
   <translation>Elige un momento dentro del próximo año.</translation>
  </message>
 </context>
 <context>
  <name>Scheduled</name>
  <message numerus="yes">
   <source>%n text(s) sent later</source>
   <translation>
    <numerusform>%n texto se enviará más tarde</numerusform>
    <numerusform>%n textos se enviarán más tarde</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n text(s) not sent in time. Send now?</source>
   <translation>
    <numerusform>%n texto no se envió a tiempo. ¿Enviarlo ahora?</numerusform>
    <numerusform>%n textos no se enviaron a tiempo. ¿Enviarlos ahora?</numerusform>
   </translation>
  </message>
  <message>
   <source>Sent later</source>
   <translation>Para enviar más tarde</translation>
  </message>
  <message>
   <source>Nothing waits here.</source>
   <translation>Aquí no espera nada.</translation>
  </message>
  <message>
   <source>Send now</source>
   <translation>Enviar ahora</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <source>Not sent in time: {0}</source>
   <translation>No se envió a tiempo: {0}</translation>
  </message>
  <message>
   <source>On {0}</source>
   <translation>El {0}</translation>
  </message>
 </context>
 <context>
  <name>SearchBar</name>
  <message>
   <source>Search in this conversation</source>
   <translation>Buscar en esta conversación</translation>
  </message>
  <message>
   <source>Older hit</source>
   <translation>Resultado anterior</translation>
  </message>
  <message>
   <source>Newer hit</source>
   <translation>Resultado siguiente</translation>
  </message>
  <message>
   <source>Close the search</source>
   <translation>Cerrar la búsqueda</translation>
  </message>
  <message>
   <source>Written by</source>
   <translation>Escrito por</translation>
  </message>
  <message>
   <source>Written when</source>
   <translation>Escrito cuándo</translation>
  </message>
  <message>
   <source>Day</source>
   <translation>Día</translation>
  </message>
  <message>
   <source>Go to this day</source>
   <translation>Ir a este día</translation>
  </message>
  <message>
   <source>By {0}</source>
   <translation>De {0}</translation>
  </message>
  <message>
   <source>You</source>
   <translation>Tú</translation>
  </message>
  <message>
   <source>By everybody</source>
   <translation>De todos</translation>
  </message>
  <message>
   <source>At any time</source>
   <translation>En cualquier momento</translation>
  </message>
  <message>
   <source>In the last 7 days</source>
   <translation>En los últimos 7 días</translation>
  </message>
  <message>
   <source>In the last 30 days</source>
   <translation>En los últimos 30 días</translation>
  </message>
  <message>
   <source>In the last year</source>
   <translation>En el último año</translation>
  </message>
  <message>
   <source>Nothing found</source>
   <translation>No se ha encontrado nada</translation>
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation>{0} de {1}</translation>
  </message>
 </context>
 <context>
  <name>Settings</name>
  <message>
   <source>Never</source>
   <translation>Nunca</translation>
  </message>
  <message>
   <source>As the system</source>
   <translation>Según el sistema</translation>
  </message>
  <message>
   <source>Light</source>
   <translation>Claro</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>Oscuro</translation>
  </message>
  <message>
   <source>High contrast, light</source>
   <translation>Alto contraste, claro</translation>
  </message>
  <message>
   <source>High contrast, dark</source>
   <translation>Alto contraste, oscuro</translation>
  </message>
  <message>
   <source>Name and text</source>
   <translation>Nombre y texto</translation>
  </message>
  <message>
   <source>The name only</source>
   <translation>Solo el nombre</translation>
  </message>
  <message>
   <source>Neither name nor text</source>
   <translation>Ni nombre ni texto</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <source>Search the settings</source>
   <translation>Buscar en los ajustes</translation>
  </message>
  <message>
   <source>Show…</source>
   <translation>Mostrar…</translation>
  </message>
  <message>
   <source>Invite…</source>
   <translation>Invitar…</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>Exportar…</translation>
  </message>
  <message>
   <source>Leave…</source>
   <translation>Salir…</translation>
  </message>
  <message>
   <source>Nothing is announced between these times.</source>
   <translation>Entre estas horas no se anuncia nada.</translation>
  </message>
  <message>
   <source>A locked window shows no text. Ctrl+L locks at once.</source>
   <translation>Una ventana bloqueada no muestra texto. Ctrl+L bloquea al momento.</translation>
  </message>
  <message>
   <source>Who does not tell it is not told it. Contacts can differ.</source>
   <translation>A quien no lo dice no se le dice. Cada contacto puede ser distinto.</translation>
  </message>
  <message>
   <source>Being added by anybody else shows nothing.</source>
   <translation>Si te añade otra persona, no se muestra nada.</translation>
  </message>
  <message>
   <source>Owner and moderators let others make an account here.</source>
   <translation>El propietario y los moderadores dejan que otros creen una cuenta aquí.</translation>
  </message>
  <message>
   <source>Contacts whom you have accepted see it, and nobody else.</source>
   <translation>La ven los contactos que has aceptado, y nadie más.</translation>
  </message>
  <message>
   <source>A link and a code by which others add you.</source>
   <translation>Un enlace y un código con los que otros te añaden.</translation>
  </message>
  <message>
   <source>What each is called, and removing one for good.</source>
   <translation>Cómo se llama cada uno, y cómo eliminar uno para siempre.</translation>
  </message>
  <message>
   <source>What takes how much, and deleting older files.</source>
   <translation>Qué ocupa cuánto, y borrar archivos antiguos.</translation>
  </message>
  <message>
   <source>One encrypted file brings you back when this device is lost.</source>
   <translation>Un archivo cifrado te recupera si se pierde este dispositivo.</translation>
  </message>
  <message>
   <source>All conversations as plain files, which anybody can read.</source>
   <translation>Todas las conversaciones como archivos corrientes, que cualquiera puede leer.</translation>
  </message>
  <message>
   <source>It stays on this device, and opens again with its password.</source>
   <translation>Se queda en este dispositivo y se vuelve a abrir con su contraseña.</translation>
  </message>
  <message>
   <source>Log out or change the profile</source>
   <translation>Salir o cambiar de perfil</translation>
  </message>
  <message>
   <source>Private chat that people host themselves.</source>
   <translation>Chat privado en tu propio servidor.</translation>
  </message>
  <message>
   <source>Otherwise Ctrl+Enter sends.</source>
   <translation>Si no, se envía con Ctrl+Intro.</translation>
  </message>
  <message>
   <source>Where the system has a tray.</source>
   <translation>Donde el sistema tiene bandeja.</translation>
  </message>
  <message>
   <source>Stay in the tray when the window is closed</source>
   <translation>Quedarse en la bandeja al cerrar la ventana</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Present password</source>
   <translation>Contraseña actual</translation>
  </message>
  <message>
   <source>New password</source>
   <translation>Contraseña nueva</translation>
  </message>
  <message>
   <source>New password again</source>
   <translation>Contraseña nueva otra vez</translation>
  </message>
  <message>
   <source>Change the password</source>
   <translation>Cambiar la contraseña</translation>
  </message>
  <message>
   <source>The password is changed.</source>
   <translation>La contraseña ha cambiado.</translation>
  </message>
  <message>
   <source>Appearance</source>
   <translation>Apariencia</translation>
  </message>
  <message>
   <source>Notifications</source>
   <translation>Notificaciones</translation>
  </message>
  <message>
   <source>An announcement shows</source>
   <translation>Una notificación muestra</translation>
  </message>
  <message>
   <source>Privacy</source>
   <translation>Privacidad</translation>
  </message>
  <message>
   <source>Relay</source>
   <translation>Servidor</translation>
  </message>
  <message>
   <source>Profile</source>
   <translation>Perfil</translation>
  </message>
  <message>
   <source>About Babilu</source>
   <translation>Acerca de Babilu</translation>
  </message>
  <message>
   <source>Behaviour</source>
   <translation>Comportamiento</translation>
  </message>
  <message numerus="yes">
   <source>%n minute(s)</source>
   <translation>
    <numerusform>%n minuto</numerusform>
    <numerusform>%n minutos</numerusform>
   </translation>
  </message>
  <message>
   <source>Colours</source>
   <translation>Colores</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>Idioma</translation>
  </message>
  <message>
   <source>Text size</source>
   <translation>Tamaño del texto</translation>
  </message>
  <message>
   <source>Announce new messages</source>
   <translation>Anunciar mensajes nuevos</translation>
  </message>
  <message>
   <source>Quiet hours</source>
   <translation>Horas de silencio</translation>
  </message>
  <message>
   <source>Quiet from</source>
   <translation>Silencio desde</translation>
  </message>
  <message>
   <source>Quiet until</source>
   <translation>Silencio hasta</translation>
  </message>
  <message>
   <source>Lock when unused for</source>
   <translation>Bloquear si no se usa durante</translation>
  </message>
  <message>
   <source>Blocked people</source>
   <translation>Personas bloqueadas</translation>
  </message>
  <message>
   <source>Who may add me to groups</source>
   <translation>Quién puede añadirme a grupos</translation>
  </message>
  <message>
   <source>Invitations</source>
   <translation>Invitaciones</translation>
  </message>
  <message>
   <source>Picture of you</source>
   <translation>Imagen tuya</translation>
  </message>
  <message>
   <source>Add me</source>
   <translation>Añádeme</translation>
  </message>
  <message>
   <source>Your devices</source>
   <translation>Tus dispositivos</translation>
  </message>
  <message>
   <source>Storage on this device</source>
   <translation>Espacio en este dispositivo</translation>
  </message>
  <message>
   <source>Backups</source>
   <translation>Copias de seguridad</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exportar</translation>
  </message>
  <message>
   <source>Version</source>
   <translation>Versión</translation>
  </message>
  <message>
   <source>Enter sends the message</source>
   <translation>Intro envía el mensaje</translation>
  </message>
  <message>
   <source>Fill this in with letters, digits and signs.</source>
   <translation>Rellénala con letras, cifras y signos.</translation>
  </message>
  <message>
   <source>Everybody</source>
   <translation>Cualquiera</translation>
  </message>
  <message>
   <source>My contacts</source>
   <translation>Mis contactos</translation>
  </message>
  <message>
   <source>Nobody</source>
   <translation>Nadie</translation>
  </message>
  <message>
   <source>Choose…</source>
   <translation>Elegir…</translation>
  </message>
  <message>
   <source>Choose a picture of you</source>
   <translation>Elegir una imagen tuya</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <source>Remove the picture of you</source>
   <translation>Quitar la imagen tuya</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>Imágenes</translation>
  </message>
 </context>
 <context>
  <name>Sheet</name>
  <message>
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
 </context>
 <context>
  <name>Sidebar</name>
  <message>
   <source>New conversation</source>
   <translation>Conversación nueva</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <source>Try to connect now</source>
   <translation>Conectar ahora</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>Buscar</translation>
  </message>
  <message>
   <source>Search people and messages</source>
   <translation>Buscar personas y mensajes</translation>
  </message>
  <message>
   <source>Conversations</source>
   <translation>Conversaciones</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>Progreso</translation>
  </message>
  <message>
   <source>Nothing found</source>
   <translation>No se ha encontrado nada</translation>
  </message>
  <message>
   <source>Nobody here yet.
Press Ctrl+N to begin a conversation.</source>
   <translation>Aún no hay nadie.
Pulsa Ctrl+N para empezar una conversación.</translation>
  </message>
 </context>
 <context>
  <name>StartOver</name>
  <message>
   <source>Start over on this device?</source>
   <translation>¿Empezar de nuevo en este dispositivo?</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>Contraseña</translation>
  </message>
  <message>
   <source>Start over</source>
   <translation>Empezar de nuevo</translation>
  </message>
  <message>
   <source>Contacts and messages that are here stay here. If {0} is used on another device, that one is shut out, and what is on its way to it is lost. Your contacts are warned where your identity is new to them.</source>
   <translation>Los contactos y mensajes que hay aquí se quedan. Si {0} se usa en otro dispositivo, ese queda fuera, y lo que está en camino hacia él se pierde. Se avisa a tus contactos si tu identidad es nueva para ellos.</translation>
  </message>
  <message>
   <source>Type your password.</source>
   <translation>Escribe tu contraseña.</translation>
  </message>
 </context>
 <context>
  <name>Storage</name>
  <message numerus="yes">
   <source>%n file(s) can be deleted, which frees {0}.</source>
   <translation>
    <numerusform>Se puede borrar %n archivo, lo que libera {0}.</numerusform>
    <numerusform>Se pueden borrar %n archivos, lo que libera {0}.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>You sent %n of them: once the relay stores it no longer, only who has fetched it has it.</source>
   <translation>
    <numerusform>%n lo enviaste tú: cuando el servidor ya no lo guarde, solo lo tendrá quien lo haya obtenido.</numerusform>
    <numerusform>%n los enviaste tú: cuando el servidor ya no los guarde, solo los tendrá quien los haya obtenido.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n more stay(s): on the way, or here alone.</source>
   <translation>
    <numerusform>Se queda %n más: en camino, o solo aquí.</numerusform>
    <numerusform>Se quedan %n más: en camino, o solo aquí.</numerusform>
   </translation>
  </message>
  <message>
   <source>Storage on this device</source>
   <translation>Espacio en este dispositivo</translation>
  </message>
  <message>
   <source>Delete older files here</source>
   <translation>Borrar archivos antiguos aquí</translation>
  </message>
  <message>
   <source>Age of the messages</source>
   <translation>Antigüedad de los mensajes</translation>
  </message>
  <message>
   <source>Conversation</source>
   <translation>Conversación</translation>
  </message>
  <message>
   <source>Messages stay. What you want again comes from the relay, as long as it stores it, or from its sender.</source>
   <translation>Los mensajes se quedan. Lo que quieras de nuevo vendrá del servidor, mientras lo guarde, o de quien lo envió.</translation>
  </message>
  <message>
   <source>in all conversations</source>
   <translation>en todas las conversaciones</translation>
  </message>
  <message>
   <source>Delete…</source>
   <translation>Borrar…</translation>
  </message>
  <message numerus="yes">
   <source>%n file(s) deleted, {0} freed.</source>
   <translation>
    <numerusform>%n archivo borrado, {0} liberados.</numerusform>
    <numerusform>%n archivos borrados, {0} liberados.</numerusform>
   </translation>
  </message>
  <message>
   <source>Files: {0} · Messages and keys: {1}</source>
   <translation>Archivos: {0} · Mensajes y claves: {1}</translation>
  </message>
  <message>
   <source>No file of that age can be deleted.</source>
   <translation>No se puede borrar ningún archivo tan antiguo.</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Buscando…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>todos</translation>
  </message>
  <message>
   <source>pictures {0}</source>
   <translation>imágenes {0}</translation>
  </message>
  <message>
   <source>voice {0}</source>
   <translation>voz {0}</translation>
  </message>
  <message>
   <source>files {0}</source>
   <translation>archivos {0}</translation>
  </message>
  <message>
   <source>older than {0}</source>
   <translation>de más de {0}</translation>
  </message>
  <message numerus="yes">
   <source>Delete %n file(s) here?</source>
   <translation>
    <numerusform>¿Borrar %n archivo aquí?</numerusform>
    <numerusform>¿Borrar %n archivos aquí?</numerusform>
   </translation>
  </message>
  <message>
   <source>This frees {0}. Their messages stay. What nobody has any more cannot be fetched again.</source>
   <translation>Esto libera {0}. Los mensajes se quedan. Lo que ya nadie tenga no se podrá obtener de nuevo.</translation>
  </message>
 </context>
 <context>
  <name>Switcher</name>
  <message>
   <source>A few letters of a name</source>
   <translation>Unas letras de un nombre</translation>
  </message>
  <message>
   <source>Names</source>
   <translation>Nombres</translation>
  </message>
  <message>
   <source>Nobody of that name. Ctrl+N begins a new conversation.</source>
   <translation>Nadie con ese nombre. Ctrl+N empieza una conversación nueva.</translation>
  </message>
 </context>
 <context>
  <name>Timer</name>
  <message numerus="yes">
   <source>%n second(s)</source>
   <translation>
    <numerusform>%n segundo</numerusform>
    <numerusform>%n segundos</numerusform>
   </translation>
  </message>
  <message>
   <source>Off</source>
   <translation>Desactivado</translation>
  </message>
  <message numerus="yes">
   <source>%n year(s)</source>
   <translation>
    <numerusform>%n año</numerusform>
    <numerusform>%n años</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n week(s)</source>
   <translation>
    <numerusform>%n semana</numerusform>
    <numerusform>%n semanas</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n day(s)</source>
   <translation>
    <numerusform>%n día</numerusform>
    <numerusform>%n días</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n hour(s)</source>
   <translation>
    <numerusform>%n hora</numerusform>
    <numerusform>%n horas</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n minute(s)</source>
   <translation>
    <numerusform>%n minuto</numerusform>
    <numerusform>%n minutos</numerusform>
   </translation>
  </message>
  <message>
   <source>Messages disappear</source>
   <translation>Los mensajes desaparecen</translation>
  </message>
  <message>
   <source>New messages are deleted on every device so long after they were read, those that you write so long after you sent them. Somebody may copy them before.</source>
   <translation>Los mensajes nuevos se borran en todos los dispositivos ese tiempo después de leerse; los que escribes, ese tiempo después de enviarlos. Alguien puede copiarlos antes.</translation>
  </message>
 </context>
 <context>
  <name>Tray</name>
  <message numerus="yes">
   <source>%n unread</source>
   <translation>
    <numerusform>%n sin leer</numerusform>
    <numerusform>%n sin leer</numerusform>
   </translation>
  </message>
  <message>
   <source>Open Babilu</source>
   <translation>Abrir Babilu</translation>
  </message>
  <message>
   <source>Lock</source>
   <translation>Bloquear</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>Salir</translation>
  </message>
 </context>
 <context>
  <name>Voice</name>
  <message>
   <source>Voice note</source>
   <translation>Nota de voz</translation>
  </message>
  <message>
   <source>playing</source>
   <translation>sonando</translation>
  </message>
  <message>
   <source>Voice note, {0}</source>
   <translation>Nota de voz, {0}</translation>
  </message>
  <message>
   <source>stopped at {0}</source>
   <translation>detenida en {0}</translation>
  </message>
  <message>
   <source>{0}, not heard yet</source>
   <translation>{0}, sin escuchar</translation>
  </message>
  <message>
   <source>Throw the voice note away</source>
   <translation>Descartar la nota de voz</translation>
  </message>
  <message>
   <source>Send the voice note</source>
   <translation>Enviar la nota de voz</translation>
  </message>
  <message>
   <source>A voice note is being recorded</source>
   <translation>Se está grabando una nota de voz</translation>
  </message>
  <message>
   <source>End the recording</source>
   <translation>Terminar la grabación</translation>
  </message>
  <message>
   <source>A voice note of {0} waits to be sent</source>
   <translation>Una nota de voz de {0} espera a ser enviada</translation>
  </message>
  <message>
   <source>Stop playing</source>
   <translation>Dejar de reproducir</translation>
  </message>
  <message>
   <source>Listen to it</source>
   <translation>Escucharla</translation>
  </message>
  <message>
   <source>{0} · not fetched</source>
   <translation>{0} · no recibida</translation>
  </message>
 </context>
 <context>
  <name>Window</name>
  <message>
   <source>{0} is out of {1}, or may not write there: a message is not shown.</source>
   <translation>{0} está fuera de {1} o no puede escribir ahí: no se muestra un mensaje suyo.</translation>
  </message>
  <message>
   <source>{0}, whom you have verified, is said to have another identity.</source>
   <translation>Dicen que {0}, a quien tienes verificado, tiene otra identidad.</translation>
  </message>
  <message>
   <source>{0} is said to have another identity.</source>
   <translation>Dicen que {0} tiene otra identidad.</translation>
  </message>
  <message>
   <source>The group was asked. It appears here once you are in.</source>
   <translation>Se ha preguntado al grupo. Aparece aquí cuando estés dentro.</translation>
  </message>
  <message>
   <source>The relay says: {0}</source>
   <translation>El servidor dice: {0}</translation>
  </message>
  <message>
   <source>The name {0} is yours now.</source>
   <translation>El nombre {0} ya es tuyo.</translation>
  </message>
 </context>
 <context>
  <name>Wordings</name>
  <message>
   <source>Wordings</source>
   <translation>Versiones</translation>
  </message>
  <message>
   <source>Now, since {0}</source>
   <translation>Ahora, desde el {0}</translation>
  </message>
  <message>
   <source>From {0}</source>
   <translation>Del {0}</translation>
  </message>
 </context>
 <context>
  <name>Work</name>
  <message>
   <source>Deriving keys from your password…</source>
   <translation>Derivando claves de tu contraseña…</translation>
  </message>
  <message>
   <source>Opening the profile…</source>
   <translation>Abriendo el perfil…</translation>
  </message>
  <message>
   <source>Fetching messages…</source>
   <translation>Recibiendo mensajes…</translation>
  </message>
  <message>
   <source>Working…</source>
   <translation>Trabajando…</translation>
  </message>
 </context>
</TS>

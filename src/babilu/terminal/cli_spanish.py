"""What `--help` says, and what is said of a command line that makes no sense, in Spanish."""

CLI_SPANISH = {
    "cli.usage": "Uso:",
    "cli.options_metavar": "[OPCIONES]",
    "cli.subcommand_metavar": "ORDEN [ARGUMENTOS]...",
    "cli.section.arguments": "Argumentos",
    "cli.section.options": "Opciones",
    "cli.section.commands": "Órdenes",
    "cli.section.chat": "Chatear",
    "cli.section.relay": "Llevar un servidor",
    "cli.section.scripts": "Desde programas",
    "cli.section.more": "Más",
    "cli.section.clone": "En esta copia del código",
    "cli.default": "por omisión: {value}",
    "cli.range": "de {least} a {most}",
    "cli.begin": "Empieza con `start` en un terminal y `connect 127.0.0.1 5050 TU_NOMBRE` en otros dos.",
    "cli.command.program": "Chat privado en tu propio servidor, o directo entre personas.",
    "cli.command.start": "Pone en marcha un servidor, al que se conectan los clientes.\n\nTransmite lo que ellos"
    " cifran unos para otros, y no puede leerlo. Muestra dónde escucha, la huella de su certificado y, mientras no"
    " tenga propietario, la invitación para serlo. Sin --open ni --invite-only está abierto a todos cuando solo puede"
    " llegar a él esta máquina o una red privada.\n\nLo que no digas aquí sale del entorno, y después de babilu.toml.",
    "cli.command.stop": "Termina un servidor de esta máquina, o el daemon de un cliente.\n\nCon --profile termina el"
    " daemon que mantiene abierto ese perfil. El servidor responde lo que está en curso y pide a los clientes que"
    " vuelvan; entonces termina esta orden.",
    "cli.command.restart": "Termina un daemon y lo vuelve a poner en marcha.\n\nEmpieza como la vez anterior, con lo"
    " que ahora diga la configuración.",
    "cli.command.status": "Dice cómo está un servidor de esta máquina, o un cliente.\n\nCon --profile es el cliente"
    " de ese perfil. El código de salida es 0 si el servidor funciona y 5 si no, y 5 para un cliente que no alcanza"
    " su servidor.",
    "cli.command.doctor": "Busca lo que anda mal y dice qué hacer.\n\nExamina un servidor de esta máquina, o con"
    " --profile una cuenta tuya.\n\nCon --attack ensaya lo que podrían intentar quien lleva un servidor y otros que"
    " están en medio: claves cambiadas, mensajes repetidos y desviados, versiones y listas antiguas. Para eso crea un"
    " servidor y cuentas, y después los borra.\n\nEl código de salida es 0 si todo está bien, 1 si conviene mirar"
    " algo y 2 si hay algo que arreglar.",
    "cli.command.connect": "Chatea a través de un servidor.\n\nSi el nombre está libre, queda registrado para ti. La"
    " contraseña que falte se pregunta, o sale de BABILU_PASSWORD o de --password-file.\n\nEn un terminal el cliente"
    " ocupa la pantalla; con --line, o en una tubería, va por líneas. /help muestra lo que puedes escribir.",
    "cli.command.peer": "Chatea sin servidor.\n\nEl cliente espera peticiones de conversación y empieza"
    " conversaciones con /call IP PUERTO. La contraseña abre el perfil en esta máquina; se pregunta, o sale de"
    " BABILU_PASSWORD o de --password-file.",
    "cli.command.desktop": "Abre el cliente de escritorio.\n\nSe abre con los perfiles que haya, en su primera"
    " página, o con una cuenta directamente. La contraseña también puede salir de BABILU_PASSWORD o de"
    " --password-file; si falta, la pregunta la ventana.",
    "cli.command.daemon": "Mantiene un perfil abierto y conectado.\n\nEl daemon no tiene ventana. Ventanas,"
    " terminales, bots y órdenes como `send` se unen a él. Lo termina `stop --profile`, y también SIGTERM.",
    "cli.command.send": "Envía un mensaje, cifrado de extremo a extremo.\n\nLa orden espera hasta que el servidor o"
    " el destinatario tenga el mensaje. Entonces el código de salida es 0; es 1 si el mensaje fue rechazado, ha"
    " fallado o sigue esperando: queda guardado y sale cuando se vuelva a abrir el perfil.",
    "cli.command.receive": "Muestra los mensajes que ningún programa ha mostrado.\n\nPrimero los más antiguos. Lo que"
    " se muestra cuenta como mostrado y no como leído: nadie se entera. Con --follow sigue con lo que llegue.",
    "cli.command.history": "Muestra los últimos mensajes de una conversación.\n\nPrimero los más antiguos; nada se"
    " marca como leído.",
    "cli.command.contacts": "Enumera tus contactos.\n\nLa lista muestra la confianza, la presencia y a quién has"
    " bloqueado.",
    "cli.command.verify": "Muestra el número de seguridad de un contacto.\n\nSon las mismas 60 cifras en los dos"
    " extremos: comparadlas por otro camino. El código de salida es 1 si --compared da otras cifras; entonces no se"
    " anota nada.",
    "cli.command.rpc": "Habla JSON-RPC 2.0 para programas en cualquier lenguaje.\n\nLas peticiones llegan por la"
    " entrada estándar; respuestas y sucesos van a la salida estándar. La orden se une al perfil si está abierto, y"
    " si no lo abre. El fin de la entrada la termina cuando cada petición tiene su respuesta.",
    "cli.command.privacy": "Dice lo que un servidor sabe de ti.",
    "cli.command.privacy.report": "Muestra cada fila que el servidor guarda sobre ti.\n\nLos valores largos se"
    " cortan; --json los da enteros.",
    "cli.command.config": "Muestra y comprueba la configuración de un servidor.",
    "cli.command.config.check": "Dice qué arreglar antes de que empiece un servidor.\n\nMira el archivo, el entorno y"
    " los archivos que estos nombran.",
    "cli.command.config.show": "Muestra cada clave, su valor y quién lo decidió.",
    "cli.command.admin": "Administra un servidor.\n\nEs el de esta máquina, o con --as uno de otro lugar.",
    "cli.command.admin.users": "Enumera, suspende y borra cuentas.",
    "cli.command.admin.users.list": "Enumera todas las cuentas.",
    "cli.command.admin.users.disable": "Suspende una cuenta: nadie puede entrar en ella.\n\nSus conexiones se"
    " cierran; su correo espera.",
    "cli.command.admin.users.enable": "Permite entrar de nuevo en una cuenta.",
    "cli.command.admin.users.reset": "Da una contraseña nueva a una cuenta.\n\nSe muestra una vez. Los dispositivos"
    " que ya entraron siguen dentro.",
    "cli.command.admin.users.delete": "Borra una cuenta con sus claves y su correo.",
    "cli.command.admin.users.role": "Hace de una cuenta propietario, moderador o miembro.",
    "cli.command.admin.users.quota": "Deja que espere más o menos correo para una cuenta.\n\nLos números valen para"
    " cada dispositivo suyo; lo que no digas queda como es normal en el servidor.",
    "cli.command.admin.invitations": "Crea, enumera y revoca invitaciones.",
    "cli.command.admin.invitations.create": "Crea una invitación, que se muestra una vez.",
    "cli.command.admin.invitations.list": "Enumera las invitaciones que aún sirven.",
    "cli.command.admin.invitations.revoke": "Revoca una invitación.",
    "cli.command.admin.certificate": "Renueva el certificado del servidor.",
    "cli.command.admin.certificate.show": "Muestra las huellas que los usuarios pueden comparar.",
    "cli.command.admin.certificate.prepare": "Crea el próximo certificado y lo anuncia.\n\nLos clientes lo saben"
    " ahora y cada vez que vuelvan; 30 días después, renueva.",
    "cli.command.admin.certificate.withdraw": "Olvida el próximo certificado, y hace que los clientes lo olviden.",
    "cli.command.admin.certificate.renew": "Usa el próximo certificado desde ahora.\n\nLas conexiones abiertas siguen.",
    "cli.command.admin.broadcast": "Avisa a todos los que están conectados.\n\nLa frase no va cifrada, ni se guarda"
    " para quienes lleguen después.",
    "cli.command.admin.audit": "Muestra lo que hicieron los operadores.\n\nEl registro dice quién hizo qué, a quién y"
    " cuándo. Nunca contiene un texto, una contraseña ni una credencial.",
    "cli.command.admin.stats": "Muestra cuánto guarda el servidor.",
    "cli.command.admin.backup": "Copia un servidor mientras funciona, y verifica la copia.",
    "cli.command.admin.restore": "Pone una copia en el lugar de un servidor parado.\n\nPrimero se verifica la copia."
    " No se borra nada de lo que haya.",
    "cli.command.admin.verify": "Comprueba que una copia está entera y se puede restaurar.",
    "cli.command.completion": "Muestra el guion con el que un shell completa órdenes.\n\nPara bash, añade esta línea"
    ' a ~/.bashrc: eval "$(babilu completion bash)"',
    "cli.command.version": "Muestra la versión.",
    "cli.command.help": "Explica una orden.",
    "cli.clone.test": "Ejecuta todas las comprobaciones y pruebas.",
    "cli.clone.bench": "Mide lo rápido que es.",
    "cli.clone.screenshots": "Dibuja las imágenes de la documentación.",
    "cli.clone.translations": "Actualiza las traducciones del escritorio.",
    "cli.clone.lock": "Actualiza las versiones fijadas de los paquetes.",
    "cli.option.help": "Muestra esta página y termina.",
    "cli.option.version": "Muestra la versión y termina.",
    "cli.option.home": "Carpeta de los archivos; si falta, la habitual.",
    "cli.option.json": "Habla JSON: un objeto por línea en la salida estándar.",
    "cli.option.line": "Va por líneas también en un terminal, en vez de ocupar la pantalla.",
    "cli.option.lang": "Idioma; si falta, el del sistema.",
    "cli.option.log-level": "Cuánto se anota en el registro.",
    "cli.option.log-file": "Anota en este archivo, que rota, y no en la salida de errores.",
    "cli.option.log-format": "Cómo se escribe una línea del registro.",
    "cli.option.config": "Configuración del servidor; si falta, babilu.toml, donde lo haya.",
    "cli.option.password-file": "Lee la contraseña de la primera línea del archivo.",
    "cli.option.wait-sent": "Al final de la entrada, espera ({seconds} segundos) hasta que todo esté guardado en el"
    " servidor o entregado.",
    "cli.option.profile": "NAME, NAME@HOST:PORT o NAME@direct; si falta, BABILU_PROFILE o el único que haya.",
    "cli.option.doctor.profile": "Examina este perfil tuyo y su cuenta: NAME, NAME@HOST:PORT o NAME@direct.",
    "cli.option.listen": "Espera conversaciones directas.",
    "cli.option.start-over": "Crea una identidad nueva si la cuenta no conoce este dispositivo.",
    "cli.option.certificate": "SHA-256 del certificado del servidor, como lo dijo quien lo lleva: sustituye al que"
    " conocía el perfil.",
    "cli.option.open": "Deja que se registre cualquiera.",
    "cli.option.invite-only": "Deja que se registren solo los invitados.",
    "cli.option.limit-loopback": "Aplica también a esta máquina los límites por dirección.",
    "cli.option.relay_name": "El nombre del servidor, para las personas.",
    "cli.option.public-host": "La máquina que nombran las invitaciones.",
    "cli.option.tls-certificate": "Certificado de una autoridad pública (PEM), en vez del propio del servidor.",
    "cli.option.tls-key": "La clave del certificado (PEM).",
    "cli.option.metrics-port": "Muestra métricas y estado en este puerto local.",
    "cli.option.daemon": "Funciona en segundo plano; la orden termina cuando el servidor ya escucha.",
    "cli.option.background": "Funciona en segundo plano; la orden termina cuando el perfil ya está abierto.",
    "cli.option.attack": "Ataca este mismo programa, con un servidor y cuentas creados para ello.",
    "cli.option.no-wait": "Termina cuando el mensaje está guardado aquí; sale en cuanto haya un camino.",
    "cli.option.send.wait": "Cuánto esperar, como mucho, a que alguien acepte el mensaje.",
    "cli.option.receive.wait": "Cuánto esperar, como mucho, a que el servidor entregue los mensajes.",
    "cli.option.follow": "Sigue con lo que llegue, hasta una señal.",
    "cli.option.compared": "Las 60 cifras que ve la otra persona: si son las mismas, el contacto queda verificado.",
    "cli.option.as": "Tu perfil en un servidor de otro lugar, del que eres propietario o moderador; --home es"
    " entonces la carpeta de tus perfiles.",
    "cli.option.most": "Cuántas de las últimas anotaciones.",
    "cli.option.yes": "No preguntes.",
    "cli.option.messages": "Mensajes que pueden esperar.",
    "cli.option.size": "Lo mismo en bytes, como '20 MiB'.",
    "cli.option.expires": "Cuánto vale la invitación, como '2 days'.",
    "cli.option.uses": "Cuántas cuentas se pueden crear con ella.",
    "cli.option.renew.now": "Por corto que fuera el anuncio: los clientes que no se enteraron necesitarán la huella.",
    "cli.option.replace": "Aparta los archivos que haya.",
    "cli.argument.server": "El servidor, o una invitación a él.",
    "cli.argument.connect_words": "A una invitación no le sigue ningún puerto.",
    "cli.argument.ip": "Dirección en la que escucha.",
    "cli.argument.port": "Puerto TCP; 0 toma uno libre cualquiera.",
    "cli.argument.max_users": "Cuentas conectadas a la vez.",
    "cli.argument.peer_ip": "Dirección en la que espera peticiones de conversación.",
    "cli.argument.own_name": "El nombre que muestras a los demás.",
    "cli.argument.desktop_server": "El servidor de un perfil que abrir directamente.",
    "cli.argument.its_port": "Su puerto.",
    "cli.argument.user": "La cuenta.",
    "cli.argument.password": "Su contraseña.",
    "cli.argument.relay_port": "Puerto con el que empezó el servidor.",
    "cli.argument.contact": "El contacto.",
    "cli.argument.count": "Cuántos mensajes.",
    "cli.argument.to_whom": "A quién.",
    "cli.argument.words": "Qué; si falta, se lee la entrada estándar hasta el final.",
    "cli.argument.file": "El archivo que comprobar.",
    "cli.argument.account": "La cuenta.",
    "cli.argument.post": "owner (propietario, hay uno), moderator (moderador) o member (miembro).",
    "cli.argument.notice": "500 caracteres como mucho.",
    "cli.argument.invitation": "Su número en la lista.",
    "cli.argument.backup": "La copia.",
    "cli.argument.new_backup": "Carpeta nueva; si falta, una dentro de `backups` en la del servidor.",
    "cli.argument.shell": "bash, zsh o fish.",
    "cli.argument.help_words": "La orden, por ejemplo `admin users`.",
    "misuse.argument.no_command": "No hay ninguna orden '{name}'.",
    "misuse.argument.near_command": "No hay ninguna orden '{name}'. ¿Querías decir {near}?",
    "misuse.argument.no_subcommand": "Falta una orden.",
    "misuse.argument.no_option": "No hay ninguna opción {option}.",
    "misuse.argument.near_option": "No hay ninguna opción {option}. ¿Querías decir {near}?",
    "misuse.argument.takes_none": "La opción {option} no lleva valor.",
    "misuse.argument.takes_one": "La opción {option} necesita un valor.",
    "misuse.argument.missing": "Falta {name}.",
    "misuse.argument.too_many": "Sobran palabras: {words}.",
    "misuse.argument.number": "{name} debe ser un número entero de {least} a {most}, y no '{value}'.",
    "misuse.argument.number_from": "{name} debe ser un número entero desde {least}, y no '{value}'.",
    "misuse.argument.seconds": "{name} debe ser un número de segundos, y no '{value}'.",
    "misuse.argument.choice": "{name} debe ser uno de estos: {choices}; y no '{value}'.",
    "misuse.argument.is_folder": "{name} debe ser un archivo, y {path} es una carpeta.",
    "misuse.argument.is_file": "{name} debe ser una carpeta, y {path} es un archivo.",
    "misuse.argument.other": "La línea de órdenes no tiene sentido: {problem}",
    "misuse.package_missing": "A esta instalación le falta el paquete {package}, que esta orden necesita: se hizo"
    " para un servidor solo, o no está entera.",
    "ask.yes_or_no": "s/N",
    "ask.yes": "s sí si y yes",
}

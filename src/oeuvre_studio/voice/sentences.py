"""What voices are made to say while they are fitted, chosen and measured: three sets that share no sentence, per language.

Plain sentences without numbers or names, so that Whisper's spelling of a word is the only one.
"""

from __future__ import annotations

import dataclasses

from oeuvre_studio.voice.languages import Language


@dataclasses.dataclass(frozen=True)
class Sentences:
    """``fitted`` make the voice, ``chosen`` decide when to stop, ``measured`` are what the report is about."""

    fitted: tuple[str, ...]
    chosen: tuple[str, ...]
    measured: tuple[str, ...]


ENGLISH = Sentences(
    fitted=(
        "The quick answer is yes, but listen first.",
        "Please leave your name after the tone.",
        "A warm wind moved over the old town.",
        "Thank you for calling, we are open again.",
        "Choose the second option to hear more.",
        "My sister bought some green apples today.",
        "Every journey begins with a good question.",
        "Could you show me where the garden is?",
    ),
    chosen=(
        "The package will arrive on Thursday morning.",
        "He wrote the story under a small lamp.",
        "Would you like to join us for lunch?",
        "Nothing about this river is ever quiet.",
    ),
    measured=(
        "The train to the coast leaves in a few minutes from the other platform.",
        "We looked at every picture twice before we chose one for the cover.",
        "If you want to change the order, please tell us before noon.",
        "Fresh bread, cold butter and a little honey are all you need.",
        "Her voice was calm, but the letter in her hand was shaking.",
        "The museum is closed on Mondays, except during the summer.",
        "Did you remember to switch off the lights in the workshop?",
        "A good chair lasts longer than the fashion it was made for.",
        "They walked along the beach until the moon came up.",
        "Your message has been saved and will be answered tomorrow.",
    ),
)

PORTUGUESE = Sentences(
    fitted=(
        "A resposta é sim, mas escute primeiro.",
        "Deixe seu nome depois do sinal, por favor.",
        "Um vento quente passou pelo porto antigo.",
        "Obrigado por ligar, já estamos abertos.",
        "Escolha a segunda opção para ouvir mais.",
        "Minha irmã comprou algumas maçãs verdes hoje.",
        "Toda viagem começa com uma boa pergunta.",
        "Você pode me mostrar onde fica o jardim?",
    ),
    chosen=(
        "O pacote vai chegar na quinta de manhã.",
        "Ele escreveu a história sob uma pequena luz.",
        "Vocês querem almoçar conosco amanhã?",
        "Nada neste rio fica quieto por muito tempo.",
    ),
    measured=(
        "O trem para a praia sai em poucos minutos da outra plataforma.",
        "Olhamos cada fotografia duas vezes antes de escolher a capa.",
        "Se quiser mudar o pedido, avise a gente antes do meio-dia.",
        "Pão fresco, manteiga fria e um pouco de mel são suficientes.",
        "A voz dela era calma, mas a carta tremia na mão.",
        "O museu fecha às segundas, menos durante o verão.",
        "Você lembrou de apagar as luzes da oficina?",
        "Uma boa cadeira dura mais do que a moda.",
        "Eles caminharam pela areia até a lua aparecer.",
        "Sua mensagem foi gravada e será respondida amanhã.",
    ),
)

FRENCH = Sentences(
    fitted=(
        "La réponse est oui, mais écoutez d'abord.",
        "Laissez votre nom après le signal sonore.",
        "Un vent chaud passait sur le vieux port.",
        "Merci de votre appel, nous sommes ouverts.",
        "Choisissez la deuxième option pour continuer.",
        "Ma sœur a acheté des pommes vertes ce matin.",
        "Tout voyage commence par une bonne question.",
        "Pouvez-vous me montrer où est le jardin ?",
    ),
    chosen=(
        "Le paquet arrivera jeudi dans la matinée.",
        "Il écrivait son histoire sous une petite lampe.",
        "Voulez-vous déjeuner avec nous demain ?",
        "Rien dans cette rivière ne reste tranquille.",
    ),
    measured=(
        "Le train pour la côte part dans quelques minutes de l'autre quai.",
        "Nous avons regardé chaque image avant de choisir la couverture.",
        "Si vous voulez changer la commande, dites-le avant midi.",
        "Du pain frais, du beurre et un peu de miel suffisent.",
        "Sa voix était calme, mais la lettre tremblait dans sa main.",
        "Le musée est fermé le lundi, sauf pendant l'été.",
        "Avez-vous pensé à éteindre la lumière de l'atelier ?",
        "Une bonne chaise dure plus longtemps que la mode.",
        "Elles ont marché sur la plage jusqu'au lever de la lune.",
        "Votre message est enregistré et nous répondrons demain.",
    ),
)

SPANISH = Sentences(
    fitted=(
        "La respuesta es sí, pero escuche primero.",
        "Deje su nombre después de la señal, por favor.",
        "Un viento cálido cruzaba el viejo puerto.",
        "Gracias por llamar, ya estamos abiertos.",
        "Elija la segunda opción para escuchar más.",
        "Mi hermana compró unas manzanas verdes hoy.",
        "Todo viaje empieza con una buena pregunta.",
        "¿Puede mostrarme dónde está el jardín?",
    ),
    chosen=(
        "El paquete llegará el jueves por la mañana.",
        "Escribió la historia bajo una pequeña lámpara.",
        "¿Quieren comer con nosotros mañana?",
        "Nada en este río está quieto mucho tiempo.",
    ),
    measured=(
        "El tren hacia la costa sale en pocos minutos del otro andén.",
        "Miramos cada imagen dos veces antes de elegir la portada.",
        "Si quiere cambiar el pedido, avísenos antes del mediodía.",
        "Pan fresco, mantequilla fría y un poco de miel son suficientes.",
        "Su voz era tranquila, pero la carta temblaba en su mano.",
        "El museo cierra los lunes, menos durante el verano.",
        "¿Se acordó de apagar las luces del taller?",
        "Una buena silla dura más que la moda.",
        "Caminaron por la playa hasta que salió la luna.",
        "Su mensaje está grabado y será contestado mañana.",
    ),
)

SETS = {"en": ENGLISH, "pt": PORTUGUESE, "fr": FRENCH, "es": SPANISH}


def sentences(language: Language) -> Sentences:
    """The sets of a language."""
    return SETS[language.spoken]

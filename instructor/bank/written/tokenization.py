"""Unit 8, tokenization: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "bytes_or_letters",
        Mark(
            0.5,
            "(a) with bytes, nothing is unknown",
            "(a) Every text has ids when you start from 256 bytes. A letter that was not in training has none.",
        ),
        Mark(
            0.5,
            "(a) a second reason, such as the small table or one code for all languages",
            "(a) Give a second reason: with letters, thousands of rows of the table would hardly ever be trained.",
        ),
        Mark(
            0.5,
            "(b) two things that get better (¼ each)",
            "(b) Name two things that get better: shorter sentences, so cheaper attention; more whole words.",
        ),
        Mark(
            0.5,
            "(b) two things that get worse (¼ each), one of the four points with a number",
            "(b) Name two things that get worse, with a number: 37,000 more rows of 512 numbers are 19 million more.",
        ),
        half="(a) gives one reason, and (b) names two things that get better and none that get worse.",
    ),
    Question(
        "sorted_batches",
        Mark(
            0.5,
            "(a) the model sees one length after the other, so its steps are no fair sample",
            "(a) Say what goes wrong: for a while the model sees only short sentences, then only long ones.",
        ),
        Mark(
            0.5,
            "(a) shuffle the batches",
            "(a) Say how to keep the saving: make the batches by length, then shuffle the batches.",
        ),
        Mark(
            0.5,
            "(b) no problem for a mean over tokens: as many terms in each batch",
            "(b) With a mean over tokens each batch has about as many terms, and every token weighs the same.",
        ),
        Mark(
            0.5,
            "(b) a problem for a mean over sentences: long ones weigh more",
            "(b) With a mean over sentences, a long one, of which a batch has few, moves the model more.",
        ),
        half="(a) is complete, and (b) makes no difference between the two means.",
    ),
)

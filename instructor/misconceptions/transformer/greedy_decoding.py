"""Misconceptions about greedy decoding."""

from contextlib import nullcontext

from autograder.exercise import Weight, misconception
from instructor.misconceptions.transformer.steps import Model


@misconception("greedy-never-feeds-back")
class GreedyFirstPosition(Model):
    """The logits of the first position are read at every step, or the prefix never grows. The newest position, the last
    one, says what comes next."""

    def choose(self, logits):
        return logits[:, 0].argmax(dim=-1)


@misconception("greedy-ended-with-and")
class GreedyNeverStops(Model):
    """No row ever ends, and all are written on up to max_len: `eos_id` is not looked at, or old and new ends are
    combined with "and". A row has ended if it had ended before *or* says eos_id now; padding follows."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len

    def silenced(self, chosen, ended, pad_id):
        return chosen


@misconception()
class GreedyNoPadAfterEos(Model):
    """Rows that have ended go on writing while others are still busy. After its eos_id a row gets only padding."""

    def silenced(self, chosen, ended, pad_id):
        return chosen


@misconception()
class GreedyEndIsForgotten(Model):
    """Only the newest tokens are compared with eos_id, so a row that ended earlier counts as running again. Remember
    which rows have ended."""

    def silenced(self, chosen, ended, pad_id):
        return chosen

    def now_ended(self, ended, chosen, eos_id):
        return chosen == eos_id


@misconception()
class GreedyEndHoldsOneStep(Model):
    """Only the newest tokens are compared with eos_id: a row that has ended gets one padding, and then it runs again.
    Combine what you knew and what is new with "or"."""

    def now_ended(self, ended, chosen, eos_id):
        return chosen == eos_id


@misconception()
class GreedyEndsTogether(Model):
    """The loop stops only if all rows say eos_id in the same step. They end one after the other: remember which have
    ended, and stop when all have."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len and not self.all_say_eos

    def now_ended(self, ended, chosen, eos_id):
        self.all_say_eos = bool((chosen == eos_id).all())
        return super().now_ended(ended, chosen, eos_id)

    def begun(self, src, bos_id, eos_id):
        self.all_say_eos = False
        return super().begun(src, bos_id, eos_id)


@misconception()
class GreedyStopsAtFirstEos(Model):
    """The whole batch stops when its first row ends. Go on until *all* rows have ended."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len and not ended.any()


@misconception()
class GreedyFixedWidth(Model):
    """The result always has max_len columns. It is as wide as its longest row: stop when all rows have ended, and go on
    only while there are fewer than max_len columns *and* a row that has not ended."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len


@misconception()
class GreedyKeepsBos(Model):
    """The result still begins with bos_id. Return what was generated, without it."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt


@misconception()
class GreedyDropsEos(Model):
    """`eos_id` is missing from the result. A row ends with its first eos_id, which belongs to the result."""

    def returned(self, tgt, eos_id, pad_id):
        ids = tgt[:, 1:].masked_fill(tgt[:, 1:] == eos_id, pad_id)
        return ids[:, (ids != pad_id).any(dim=0)]


@misconception()
class GreedyOneTooMany(Model):
    """There is one token too many. max_len counts the generated tokens, without bos_id."""

    def goes_on(self, generated, ended, max_len):
        return generated <= max_len and not ended.all()


@misconception()
class GreedyOneTooFew(Model):
    """There is one token too few: bos_id was counted. max_len counts the generated tokens, without it."""

    def goes_on(self, generated, ended, max_len):
        return generated + 1 < max_len and not ended.all()


@misconception()
class GreedyInTrainMode(Model):
    """The model decodes in whatever mode it is in: in training mode, dropout gives another result each time. Switch to
    evaluation first."""

    def enter(self, model):
        pass


@misconception()
class GreedyLeavesEvaluation(Model):
    """The model is left in evaluation mode although it was in training mode: from then on it trains without dropout.
    Put it back into the mode that it was in."""

    def leave(self, model, was_training):
        pass


@misconception()
class GreedyLeavesTraining(Model):
    """The model is always left in training mode, even if it was in evaluation mode. Put it back into the mode that it
    was in."""

    def leave(self, model, was_training):
        model.train()


@misconception()
class GreedyRecordsGradients(Model):
    """Gradients are recorded at every step, and everything is kept in memory for nothing. Decode under
    `torch.no_grad()`."""

    def without_gradients(self):
        return nullcontext()


@misconception("greedy-positions-restart")
class GreedyLastTokenOnly(Model):
    """`decode` is given the newest token alone: its position starts at 0 again and everything before it is forgotten.
    Give it the whole prefix."""

    def prefix(self, tgt):
        return tgt[:, -1:]


@misconception()
class GreedyForgetsBos(Model):
    """After the first step bos_id is left out of the prefix. Every prefix begins with it, as every target did in
    training."""

    def prefix(self, tgt):
        return tgt if tgt.shape[1] == 1 else tgt[:, 1:]


@misconception()
class GreedyBosHardCoded(Model):
    """Decoding always starts with the id 1. Start with the argument `bos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return 1, eos_id, pad_id


@misconception()
class GreedyStartsWithPadding(Model):
    """Decoding starts with padding. Start with the argument `bos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return pad_id, eos_id, pad_id


@misconception()
class GreedyEosHardCoded(Model):
    """The end is always taken to be the id 2. Compare with the argument `eos_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, 2, pad_id


@misconception()
class GreedyPadHardCoded(Model):
    """What follows the end is always filled with 0. Use the argument `pad_id`."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, eos_id, 0


@misconception()
class GreedyFillsWithEos(Model):
    """What follows the end is filled with eos_id. A row has one eos_id, and `pad_id` after it."""

    def special(self, bos_id, eos_id, pad_id):
        return bos_id, eos_id, eos_id


@misconception()
class GreedySamples(Model):
    """The next token is drawn at random. Greedy decoding takes the most likely one."""

    def choose(self, logits):
        return self.xp.multinomial(logits[:, -1].softmax(dim=-1), 1)[:, 0]


@misconception()
class GreedyLeastLikely(Model):
    """The least likely token is taken. Take the one with the largest logit."""

    def choose(self, logits):
        return logits[:, -1].argmin(dim=-1)


@misconception()
class GreedyOneChoiceForAll(Model):
    """One choice is made for the whole batch. Every row has its own: take the largest logit along the vocabulary."""

    def choose(self, logits):
        return logits[:1, -1].argmax(dim=-1).expand(len(logits))


@misconception()
class GreedyCallsTheModel(Model):
    """The model itself is called, which encodes the source again at every step. Call `model.encode(src)` once, and then
    `model.decode(tgt, memory, src)`."""

    def ask(self, model, tgt, memory, src):
        return model(src, tgt)


@misconception()
class GreedyMemoryAndSourceSwapped(Model):
    """Memory and source are swapped in the call of `decode`. Its arguments are tgt, memory, src."""

    def ask(self, model, tgt, memory, src):
        return model.decode(tgt, src, memory)


@misconception()
class GreedyReturnsLists(Model):
    """Lists are returned. The result is a tensor of ids, one row for each sentence."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt[:, 1:].tolist()


@misconception()
class GreedyReturnsNumbers(Model):
    """The ids are returned as floating-point numbers. Ids are integers."""

    def returned(self, tgt, eos_id, pad_id):
        return tgt[:, 1:].float()


@misconception()
class GreedyStartsWithEos(Model):
    """Decoding starts with eos_id. Start with the argument `bos_id`."""

    def begun(self, src, bos_id, eos_id):
        return super().begun(src, eos_id, eos_id)


@misconception()
class GreedyOneSentence(Model):
    """The chosen id becomes one number (`.item()`, `int(...)`), which works for one sentence only. Keep a tensor with
    one id for each row of the batch."""

    def choose(self, logits):
        return self.xp.tensor([logits[:, -1].argmax(dim=-1).item()])


@misconception()
class GreedyBeginsWithOneRow(Model):
    """The prefix begins with one row, whatever the batch. Give every sentence its own: the shape is (batch, 1)."""

    def begun(self, src, bos_id, eos_id):
        return super().begun(src[:1], bos_id, eos_id)


@misconception()
class GreedyAsksTheFirstRow(Model):
    """Only the first row is checked for its end (`chosen[0] == eos_id`), and the others stop with it. Check all rows:
    `ended.all()`."""

    def goes_on(self, generated, ended, max_len):
        return generated < max_len and not ended[0]


@misconception()
class GreedyPaddingEnds(Model):
    """A row also ends where the model writes pad_id. Only eos_id ends it: remember which rows have ended, in a tensor
    of their own."""

    def now_ended(self, ended, chosen, eos_id):
        return super().now_ended(ended, chosen, eos_id) | (chosen == self.padding)

    def special(self, bos_id, eos_id, pad_id):
        self.padding = pad_id
        return super().special(bos_id, eos_id, pad_id)


@misconception()
class GreedyNeverSaysPadding(Model):
    """The logit of pad_id is pushed down before the choice. Take the most likely token, whichever it is."""

    def choose(self, logits):
        forbidden = self.xp.arange(logits.shape[-1]) == self.padding
        return super().choose(logits.masked_fill(forbidden, -1e9))

    def special(self, bos_id, eos_id, pad_id):
        self.padding = pad_id
        return super().special(bos_id, eos_id, pad_id)


@misconception()
class GreedySoftmaxOverRows(Model):
    """The softmax runs over the batch, so the sentences compete with one another. Each row chooses along the
    vocabulary, the last axis; `argmax` needs no softmax."""

    def choose(self, logits):
        return super().choose(logits.softmax(dim=0))


@misconception()
class GreedyStopsLate(Model):
    """There is one column of padding too many: the check whether all rows have ended comes before the newest token
    counts. Do it afterwards."""

    def begun(self, src, bos_id, eos_id):
        self.had_ended = self.xp.zeros(len(src), dtype=self.xp.bool)
        return super().begun(src, bos_id, eos_id)

    def goes_on(self, generated, ended, max_len):
        before, self.had_ended = self.had_ended, ended
        return generated < max_len and not before.all()


@misconception()
class GreedyAsLongAsTheSource(Model):
    """The result is at most as long as the source. A translation may be longer: the limit is `max_len`."""

    def said(self, model, src, bos_id, eos_id, pad_id, max_len):
        return super().said(model, src, bos_id, eos_id, pad_id, min(max_len, src.shape[1]))


@misconception()
class GreedyEncodesEveryStep(Model):
    """The source is encoded again at every step, though the memory never changes. Call `model.encode(src)` once, before
    the loop."""

    def ask(self, model, tgt, memory, src):
        return super().ask(model, tgt, model.encode(src), src)


@misconception()
class GreedyEncodesInTrainMode(Model):
    """The source is encoded before the model is switched to evaluation, so dropout changes the memory. Call
    `model.eval()` first."""

    def enter(self, model):
        pass

    def ask(self, model, tgt, memory, src):
        model.eval()
        return super().ask(model, tgt, memory, src)


@misconception()
class GreedyEncodesWithGradients(Model):
    """Gradients are recorded while the source is encoded: only the loop is under `torch.no_grad()`. Put the call of
    `encode` there too."""

    def without_gradients(self):
        return nullcontext()

    def ask(self, model, tgt, memory, src):
        with self.xp.no_grad():
            return super().ask(model, tgt, memory, src)


@misconception(weight=Weight.NOTHING_LEFT)
class GreedyReturnsSource(Model):
    """The source comes back. Return the ids that the model chose, one after the other."""

    def said(self, model, src, bos_id, eos_id, pad_id, max_len):
        return self.xp.cat((self.begun(src, bos_id, eos_id), src), dim=1)


@misconception(weight=Weight.NOTHING_LEFT)
class GreedyReturnsPadding(Model):
    """Nothing but padding is returned. Return the ids that the model chose, one after the other."""

    def returned(self, tgt, eos_id, pad_id):
        return self.xp.full_like(tgt[:, 1:], pad_id)
